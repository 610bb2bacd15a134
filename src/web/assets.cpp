#include "everyface/web/assets.h"

#include <zlib.h>

#include <algorithm>
#include <map>
#include <stdexcept>

#include "everyface/base/hash.h"

namespace everyface::web {
namespace {

constexpr std::string_view kFolder = "assets/";
constexpr std::size_t kHashDigits = 16;  // of a URL: 64 bits
constexpr std::chrono::hours kYear{24 * 365};

std::string_view type_of(std::string_view name) {
  static const std::map<std::string_view, std::string_view> kTypes = {
      {".css", "text/css; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".json", "application/json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".webp", "image/webp"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".txt", "text/plain; charset=utf-8"},
      {".webmanifest", "application/manifest+json"},
  };
  const auto found = kTypes.find(name.substr(std::min(name.rfind('.'), name.size())));
  if (found == kTypes.end()) {
    throw std::runtime_error("web/assets/" + std::string(name) +
                             ": no content type for this ending; add it to src/web/assets.cpp");
  }
  return found->second;
}

std::string gzip(std::string_view content) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindow, 9, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw std::runtime_error("zlib cannot compress");
  }
  std::string packed(deflateBound(&stream, content.size()), '\0');
  std::string input(content);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed.size() < content.size() ? packed : std::string{};
}

bool accepts_gzip(const Request& request) {
  const std::string_view accepted = request.headers.get("Accept-Encoding");
  return accepted.find("gzip") != std::string_view::npos &&
         accepted.find("gzip;q=0") == std::string_view::npos;
}

Response serve(const Asset& asset, const Request& request, bool immutable) {
  Response response;
  response.set_header("Content-Type", asset.content_type).set_header("Vary", "Accept-Encoding");
  const bool packed = !asset.gzip.empty() && accepts_gzip(request);
  if (packed) {
    response.set_header("Content-Encoding", "gzip");
  }
  response.set_static_body(packed ? std::string_view(asset.gzip) : asset.content);
  response.set_etag(asset.etag + (packed ? "-gzip" : ""));
  response.cache_for(immutable ? kYear : std::chrono::hours(24), immutable);
  return response;
}

}  // namespace

Assets::Assets(const std::vector<EmbeddedFile>& files) {
  for (const EmbeddedFile& file : files) {
    if (!file.name.starts_with(kFolder)) {
      continue;
    }
    const std::string_view name = file.name.substr(kFolder.size());
    const std::string hash = sha256_hex(file.content).substr(0, kHashDigits);
    assets_.push_back({name, file.content, gzip(file.content),
                       "/static/" + hash + "/" + std::string(name), std::string(type_of(name)),
                       hash});
  }
}

const Assets& Assets::embedded() {
  static const Assets kAssets(embedded_files());
  return kAssets;
}

const Asset* Assets::find(std::string_view name) const {
  const auto found = std::find_if(assets_.begin(), assets_.end(),
                                  [name](const Asset& asset) { return asset.name == name; });
  return found == assets_.end() ? nullptr : &*found;
}

void Assets::add_to(Router& router) const {
  const RouteOptions quick{.quick = true};
  router.get(
      "/static/{hash}/{name...}", Role::kAnonymous,
      [this](Request& request) {
        const Asset* asset = find(request.parameter("name"));
        if (asset == nullptr || asset->url != request.path) {
          return Response::problem(404);
        }
        return serve(*asset, request, true);
      },
      quick);
  for (const char* at_root : {"favicon.ico", "robots.txt"}) {
    if (const Asset* asset = find(at_root)) {
      router.get(
          std::string("/") + at_root, Role::kAnonymous,
          [asset](Request& request) { return serve(*asset, request, false); }, quick);
    }
  }
}

}  // namespace everyface::web
