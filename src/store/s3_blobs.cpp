// Blobs in an S3-compatible store.
#include <curl/curl.h>
#include <sodium.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <thread>
#include <utility>

#include "everyface/base/file.h"
#include "everyface/base/hash.h"
#include "everyface/base/text.h"
#include "everyface/store/blobs.h"
#include "store/blob_error.h"
#include "store/http.h"
#include "store/s3_xml.h"
#include "store/sigv4.h"

namespace everyface::store {
namespace {

constexpr std::uint64_t kSmallestPart = 5U << 20U;  // S3's own limit
constexpr std::uint64_t kMostParts = 10'000;        // likewise
constexpr int kPauseStepMs = 100;
constexpr int kLongestPauseMs = 3000;

using Query = std::vector<std::pair<std::string, std::string>>;
using Headers = std::map<std::string, std::string>;

struct Call {
  std::string method;
  std::string key;  ///< empty: of the bucket itself
  Query query = {};
  Headers headers = {};
  std::string_view body = {};
  const BlobStore::Sink* sink = nullptr;
};

std::int64_t now_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
}

/// A store that knows no ranges answers 200 with all of it.
long status_of_body(const Headers& headers) { return headers.contains("range") ? 206 : 200; }

bool worth_repeating(const HttpAnswer& answer) {
  return answer.status == 0 || answer.status >= 500 || answer.status == 429 ||
         (answer.status / 100 == 2 && !answer.interrupted.empty());
}

class S3Blobs : public BlobStore {
 public:
  S3Blobs(S3Options options, Endpoint endpoint)
      : options_(std::move(options)),
        endpoint_(std::move(endpoint)),
        keys_{options_.access_key, options_.secret_key, options_.region} {}

  /// The bucket is there, and may be used.
  Result<void> try_bucket() {
    const HttpAnswer answer = call({"HEAD", ""});
    return answer.status == 200 ? Result<void>() : failure("use the bucket", answer);
  }

  Result<void> put(std::string_view key, std::string_view bytes) override {
    if (auto good = check_blob_key(key); !good) {
      return good;
    }
    const HttpAnswer answer = call({"PUT", std::string(key), {}, {}, bytes});
    return answer.status == 200 ? Result<void>() : failure("write " + std::string(key), answer);
  }

  Result<void> put_file(std::string_view key, const std::filesystem::path& file) override {
    std::error_code problem;
    const std::uint64_t bytes = std::filesystem::file_size(file, problem);
    if (problem) {
      return blob_error("blob_unavailable",
                        "cannot read " + file.string() + ": " + problem.message());
    }
    if (bytes > options_.part_bytes) {
      return put_parts(key, file, bytes);
    }
    auto content = read_file(file, options_.part_bytes);
    return content ? put(key, *content) : Result<void>(content.error());
  }

  Result<void> read(std::string_view key, std::uint64_t offset, std::optional<std::uint64_t> length,
                    const Sink& take) const override {
    if (auto good = check_blob_key(key); !good) {
      return good;
    }
    if (length == 0) {
      return within(key, offset);
    }
    // Where the connection breaks, goes on after what was taken, if it is still the same content.
    std::uint64_t taken = 0;
    const Sink counting = [&](std::string_view bytes) {
      taken += bytes.size();
      return take(bytes);
    };
    std::string etag;
    for (int attempt = 1;; ++attempt) {
      if (length == taken) {
        return {};
      }
      Call wanted{"GET", std::string(key), {}, range(offset, length, taken), {}, &counting};
      if (!etag.empty()) {
        wanted.headers["if-match"] = etag;
      }
      const HttpAnswer answer = call_once(wanted);
      if (answer.aborted) {
        return blob_error("blob_aborted",
                          "the blob " + std::string(key) + " was not read to its end");
      }
      if (answer.status == status_of_body(wanted.headers) && answer.interrupted.empty()) {
        return {};
      }
      if (answer.status == 404) {
        return no_such_blob(key);
      }
      if (answer.status == 416) {
        return within(key, offset + taken);
      }
      if (attempt >= options_.attempts || !worth_repeating(answer)) {
        return failure("read " + std::string(key), answer);
      }
      if (const auto tag = answer.headers.find("etag"); taken > 0 && tag != answer.headers.end()) {
        etag = tag->second;
      }
      pause(attempt);
    }
  }

  Result<std::optional<BlobEntry>> find(std::string_view key) const override {
    if (auto good = check_blob_key(key); !good) {
      return good.error();
    }
    const HttpAnswer answer = call({"HEAD", std::string(key)});
    if (answer.status == 404) {
      return std::optional<BlobEntry>();
    }
    const auto header = [&](const char* name) {
      const auto found = answer.headers.find(name);
      return found == answer.headers.end() ? std::string() : found->second;
    };
    const auto bytes = whole_number(header("content-length"));
    const std::time_t modified = ::curl_getdate(header("last-modified").c_str(), nullptr);
    if (answer.status != 200 || !bytes || modified < 0) {
      return failure("look at " + std::string(key), answer);
    }
    return std::optional(BlobEntry{std::string(key), *bytes, std::int64_t{modified} * 1000});
  }

  Result<void> remove(std::string_view key) override {
    if (auto good = check_blob_key(key); !good) {
      return good;
    }
    const HttpAnswer answer = call({"DELETE", std::string(key)});
    return answer.status / 100 == 2 || answer.status == 404
               ? Result<void>()
               : failure("remove " + std::string(key), answer);
  }

  Result<std::int64_t> remove_leftovers(std::int64_t /*before_ms*/) override { return 0; }

  Result<void> list(std::string_view prefix,
                    const std::function<void(const BlobEntry&)>& visit) const override {
    std::string continuation;
    do {
      Query query{{"list-type", "2"}, {"prefix", std::string(prefix)}};
      if (!continuation.empty()) {
        query.emplace_back("continuation-token", continuation);
      }
      const HttpAnswer answer = call({"GET", "", query});
      if (answer.status != 200) {
        return failure("list blobs", answer);
      }
      auto listing = parse_s3_listing(answer.body);
      if (!listing) {
        return blob_error("blob_unavailable", listing.error().message);
      }
      for (const BlobEntry& entry : listing->entries) {
        if (check_blob_key(entry.key)) {  // else it is not ours
          visit(entry);
        }
      }
      continuation = listing->continuation;
    } while (!continuation.empty());
    return {};
  }

 private:
  /// Signs and sends, again while the store fails.
  HttpAnswer call(const Call& wanted) const {
    for (int attempt = 1;; ++attempt) {
      HttpAnswer answer = call_once(wanted);
      if (attempt >= options_.attempts || !worth_repeating(answer) || answer.aborted) {
        return answer;
      }
      pause(attempt);
    }
  }

  HttpAnswer call_once(const Call& wanted) const {
    SignedRequest signed_request;
    signed_request.method = wanted.method;
    signed_request.path = "/" + options_.bucket + (wanted.key.empty() ? "" : "/" + wanted.key);
    signed_request.query = wanted.query;
    signed_request.headers = wanted.headers;
    signed_request.headers["host"] = endpoint_.host;
    signed_request.payload_sha256 = sha256_hex(wanted.body);
    signed_request.headers["x-amz-content-sha256"] = signed_request.payload_sha256;
    const std::string authorization = sign(signed_request, keys_, now_seconds());

    HttpRequest request;
    request.method = wanted.method;
    request.url = endpoint_.origin + uri_encode(signed_request.path, true);
    if (!wanted.query.empty()) {
      request.url += "?" + canonical_query(signed_request);
    }
    for (const auto& [name, value] : signed_request.headers) {
      request.headers.emplace_back(name).append(": ").append(value);
    }
    request.headers.push_back("authorization: " + authorization);
    request.headers.emplace_back("content-type: application/octet-stream");
    request.body = wanted.body;
    request.sink = wanted.sink;
    request.sink_status = status_of_body(wanted.headers);
    return client_.perform(request);
  }

  static void pause(int attempt) {
    const int longest = std::min(kPauseStepMs << std::min(attempt, 10), kLongestPauseMs);
    std::this_thread::sleep_for(std::chrono::milliseconds(
        longest / 2 +
        static_cast<int>(::randombytes_uniform(static_cast<std::uint32_t>(longest)))));
  }

  static Headers range(std::uint64_t offset, std::optional<std::uint64_t> length,
                       std::uint64_t taken) {
    const std::uint64_t begin = offset + taken;
    if (begin == 0 && !length) {
      return {};
    }
    const bool to_the_end = !length || *length > UINT64_MAX - offset;
    return {{"range", "bytes=" + std::to_string(begin) + "-" +
                          (to_the_end ? "" : std::to_string(offset + *length - 1))}};
  }

  /// Nothing is read at the end of a blob, and that is no error; beyond, it is.
  Result<void> within(std::string_view key, std::uint64_t offset) const {
    auto entry = find(key);
    if (!entry) {
      return entry.error();
    }
    if (!*entry) {
      return no_such_blob(key);
    }
    return offset <= (*entry)->bytes
               ? Result<void>()
               : blob_error("blob_range", "the blob " + std::string(key) + " has only " +
                                              std::to_string((*entry)->bytes) +
                                              " bytes, asked for from " + std::to_string(offset));
  }

  Result<void> put_parts(std::string_view key, const std::filesystem::path& file,
                         std::uint64_t bytes) {
    if (auto good = check_blob_key(key); !good) {
      return good;
    }
    const std::string name(key);
    const HttpAnswer begun = call({"POST", name, {{"uploads", ""}}});
    const auto upload = s3_field(begun.body, "InitiateMultipartUploadResult", "UploadId");
    if (begun.status != 200 || !upload) {
      return failure("begin to write " + name, begun);
    }
    Result<void> done = [&]() -> Result<void> {
      auto manifest = send_parts(name, *upload, file, bytes);
      if (!manifest) {
        return manifest.error();
      }
      const HttpAnswer ended = call({"POST", name, {{"uploadId", *upload}}, {}, *manifest});
      // The store may answer 200 before it knows that it fails.
      const bool good = ended.status == 200 &&
                        s3_field(ended.body, "CompleteMultipartUploadResult", "ETag").has_value();
      return good ? Result<void>() : failure("finish writing " + name, ended);
    }();
    if (!done) {
      call({"DELETE", name, {{"uploadId", *upload}}});
    }
    return done;
  }

  /// The list of parts that ends the upload.
  Result<std::string> send_parts(const std::string& key, const std::string& upload,
                                 const std::filesystem::path& file, std::uint64_t bytes) {
    const std::uint64_t part_bytes =
        std::max(options_.part_bytes, (bytes + kMostParts - 1) / kMostParts);
    std::ifstream source(file, std::ios::binary);
    std::string manifest = "<CompleteMultipartUpload>";
    std::string part;
    std::uint64_t sent = 0;
    for (int number = 1; sent < bytes; ++number) {
      part.resize(std::min(part_bytes, bytes - sent));
      if (!source.read(part.data(), static_cast<std::streamsize>(part.size()))) {
        return blob_error("blob_unavailable",
                          "cannot read " + file.string() + ", or it became shorter meanwhile");
      }
      const HttpAnswer answer = call(
          {"PUT", key, {{"partNumber", std::to_string(number)}, {"uploadId", upload}}, {}, part});
      const auto tag = answer.headers.find("etag");
      if (answer.status != 200 || tag == answer.headers.end()) {
        return failure("write a part of " + key, answer);
      }
      manifest += "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><ETag>" +
                  tag->second + "</ETag></Part>";
      sent += part.size();
    }
    return manifest + "</CompleteMultipartUpload>";
  }

  [[nodiscard]] Error failure(const std::string& what, const HttpAnswer& answer) const {
    std::string why = answer.interrupted;
    if (why.empty()) {
      const auto code = s3_field(answer.body, "Error", "Code");
      const auto said = s3_field(answer.body, "Error", "Message");
      why = "it answers " + std::to_string(answer.status) + (code ? " " + *code : "") +
            (said ? ": " + *said : "");
    }
    return blob_error("blob_unavailable", "cannot " + what + " in the blob store " +
                                              endpoint_.origin + "/" + options_.bucket + ": " +
                                              to_valid_utf8(why));
  }

  S3Options options_;
  Endpoint endpoint_;
  SigningKeys keys_;
  mutable HttpClient client_;
};

bool is_bucket_name(std::string_view name) {
  return name.size() >= 3 && name.size() <= 63 && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

}  // namespace
}  // namespace everyface::store

namespace everyface {

Result<std::unique_ptr<BlobStore>> open_s3_blobs(const S3Options& options) {
  auto endpoint = store::parse_endpoint(options.endpoint);
  if (!endpoint) {
    return endpoint.error();
  }
  if (!store::is_bucket_name(options.bucket)) {
    return Error{"'" + to_valid_utf8(options.bucket) +
                 "' is no bucket's name: 3 to 63 lower-case letters, digits, '-' and '.'"};
  }
  if (options.access_key.empty() || options.secret_key.empty() || options.region.empty() ||
      options.part_bytes < store::kSmallestPart || options.attempts < 1) {
    return Error{
        "a blob store needs an access key, a secret key, a region, parts of at least 5 MiB "
        "and at least one attempt"};
  }
  auto blobs = std::make_unique<store::S3Blobs>(options, std::move(*endpoint));
  if (auto there = blobs->try_bucket(); !there) {
    return there.error();
  }
  return std::unique_ptr<BlobStore>(std::move(blobs));
}

}  // namespace everyface
