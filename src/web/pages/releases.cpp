// Releases for everyone, their files, and the list of what was withdrawn.
#include "everyface/commons/releases.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "everyface/store/blobs.h"
#include "web/commons.h"
#include "web/pages/support.h"

namespace everyface::web {
namespace {

/// A file of a release, read from the blob store as it is sent, so that memory grows neither with
/// the file nor much with the number of those who download it.
class BlobSource : public BodySource {
 public:
  BlobSource(const BlobStore& blobs, std::string key, std::uint64_t size)
      : blobs_(blobs), key_(std::move(key)), size_(size) {}

  [[nodiscard]] std::uint64_t size() const override { return size_; }

  Result<std::size_t> read(std::uint64_t offset, std::span<char> out) override {
    if (offset < begin_ || offset >= begin_ + window_.size()) {
      window_.clear();
      begin_ = offset;
      auto done = blobs_.read(key_, offset, kWindowBytes, [this](std::string_view bytes) {
        window_.append(bytes);
        return true;
      });
      if (!done) {
        return done.error();
      }
    }
    const std::string_view rest = std::string_view(window_).substr(offset - begin_);
    return rest.copy(out.data(), out.size());
  }

 private:
  /// Of one request to the store.
  static constexpr std::uint64_t kWindowBytes = 256 * 1024;

  const BlobStore& blobs_;
  std::string key_;
  std::uint64_t size_;
  std::string window_;
  std::uint64_t begin_ = 0;
};

constexpr std::chrono::hours kLicenceKept{24 * 90};

class ReleasePages {
 public:
  explicit ReleasePages(Services& services) : app_(services.app), commons_(services.commons) {}

  Response list(const Request& request) const {
    const auto releases = commons_.releases.list();
    if (!releases) {
      return problem_page(request, releases.error());
    }
    View views = View::array();
    for (const Release& release : *releases) {
      std::string anchor = release.version.text();
      std::replace(anchor.begin(), anchor.end(), '.', '-');
      views.push_back({{"anchor", anchor},
                       {"name", commons_.releases.settings().title},
                       {"version", release.version.text()},
                       {"date", date_text(request, release.published_ms)},
                       {"photos", release.photos},
                       {"people", release.people},
                       {"removed", release.removed},
                       {"notes", release.notes},
                       {"retired", release.state == ReleaseState::kRetired}});
    }
    return app_.page(request, "releases",
                     {{"none", releases->empty()}, {"releases", std::move(views)}});
  }

  Response one(const Request& request, View problem = nullptr, int status = 200) const {
    const auto release = find(request);
    if (!release) {
      return problem_page(request, release.error());
    }
    if (release->state != ReleaseState::kPublished) {
      return Response::problem(410, words(request, "releases.retired_text"));
    }
    View files = View::array();
    std::string archive;
    for (const ReleaseFile& file : release->files) {
      files.push_back(
          {{"name", file.name}, {"size", size_text(request, file.bytes)}, {"sha256", file.sha256}});
      if (file.name.ends_with(".zip")) {
        archive = file.name;
      }
    }
    return app_.page(request, "release",
                     {{"name", commons_.releases.settings().title},
                      {"version", release->version.text()},
                      {"date", date_text(request, release->published_ms)},
                      {"photos", release->photos},
                      {"people", release->people},
                      {"accepted", accepted(request)},
                      {"licence", paragraphs(commons_.releases.licence())},
                      {"files", std::move(files)},
                      {"archive", archive},
                      {"public_url", app_.options().public_url},
                      {"problem", std::move(problem)}},
                     status);
  }

  Response accept(const Request& request) const {
    if (request.form.get("accept") != "yes") {
      return one(request, words(request, "problem.licence"), 422);
    }
    const auto release = find(request);
    if (!release) {
      return problem_page(request, release.error());
    }
    Response response = Response::redirect("/releases/" + release->version.text());
    response.set_cookie({"licence", licence_mark(), kLicenceKept});
    return response;
  }

  Response file(const Request& request) const {
    const auto version = ReleaseVersion::parse(request.parameter("version"));
    if (!version) {
      return Response::problem(404);
    }
    const auto file = commons_.releases.file(*version, request.parameter("file"));
    if (!file) {
      return problem_page(request, file.error());
    }
    // What describes and proves a release is for everyone; photos are for those who accepted.
    const bool holds_photos = file->name.ends_with(".zip") || file->name.ends_with(".tar");
    if (holds_photos && !accepted(request)) {
      return request.wants_json() ? Response::problem(403, words(request, "problem.licence"))
                                  : Response::redirect("/releases/" + version->text());
    }
    if (holds_photos && request.method == Method::kGet && !request.headers.has("Range")) {
      const auto release = commons_.releases.find(*version);
      if (release) {
        if (auto counted_now = commons_.releases.count_download(release->id); !counted_now) {
          return problem_page(request, counted_now.error());
        }
      }
    }
    return Response::download(std::make_shared<BlobSource>(*commons_.blobs, file->blob_key,
                                                           static_cast<std::uint64_t>(file->bytes)),
                              file->media_type, file->sha256, file->name);
  }

  Response tombstones(const Request& request, bool signature) const {
    const auto list = commons_.releases.tombstones();
    if (!list) {
      return problem_page(request, list.error());
    }
    Response response;
    response.set_header("Content-Type",
                        signature ? "application/octet-stream" : "application/json");
    response.body() = signature ? list->signature : list->text;
    return response;
  }

  Response withdrawn(const Request& request) const {
    const auto list = commons_.releases.tombstones();
    if (!list) {
      return problem_page(request, list.error());
    }
    const auto parsed = nlohmann::json::parse(list->text, nullptr, false);
    const auto photos = parsed.find("tombstones");
    return app_.page(request, "withdrawn",
                     {{"count", photos == parsed.end() ? 0 : photos->size()},
                      {"public_url", app_.options().public_url}});
  }

  Response key(const Request& /*request*/) const {
    Response response;
    response.set_header("Content-Type", "application/x-pem-file");
    response.body() = commons_.releases.public_key();
    return response.cache_for(std::chrono::hours{1});
  }

  Response licence(const Request& request) const {
    return app_.page(request, "licence",
                     {{"name", commons_.releases.settings().licence_name},
                      {"paragraphs", paragraphs(commons_.releases.licence())}});
  }

 private:
  Result<Release> find(const Request& request) const {
    const auto version = ReleaseVersion::parse(request.parameter("version"));
    if (!version) {
      return Error{"not a version", "not_found"};
    }
    return commons_.releases.find(*version);
  }

  /// The licence's name, so that a new one is asked for anew.
  [[nodiscard]] std::string licence_mark() const {
    std::string mark = commons_.releases.settings().licence_name;
    std::replace_if(
        mark.begin(), mark.end(),
        [](char c) {
          return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'));
        },
        '-');
    return mark;
  }

  /// By the form on the page (a cookie), by ?licence=accepted for programs, or by an API token made
  /// for it.
  [[nodiscard]] bool accepted(const Request& request) const {
    return request.cookie("licence") == licence_mark() ||
           request.query.get("licence") == "accepted" ||
           (request.visitor.proof == Proof::kToken && may(request.visitor, "releases:read"));
  }

  App& app_;
  Commons& commons_;
};

}  // namespace

void add_release_pages(Router& router, Services& services) {
  const ReleasePages pages(services);
  const auto anyone = Role::kAnonymous;
  router.get("/releases", anyone, [pages](Request& request) { return pages.list(request); });
  router.get("/releases/{version}", anyone,
             [pages](Request& request) { return pages.one(request); });
  router.post("/releases/{version}/accept", anyone,
              [pages](Request& request) { return pages.accept(request); });
  router.get("/releases/{version}/{file}", anyone,
             [pages](Request& request) { return pages.file(request); });
  router.get("/tombstones.json", anyone,
             [pages](Request& request) { return pages.tombstones(request, false); });
  router.get("/tombstones.json.sig", anyone,
             [pages](Request& request) { return pages.tombstones(request, true); });
  router.get("/release-key.pem", anyone, [pages](Request& request) { return pages.key(request); });
  router.get("/withdrawn", anyone, [pages](Request& request) { return pages.withdrawn(request); });
  router.get("/licence", anyone, [pages](Request& request) { return pages.licence(request); });
}

}  // namespace everyface::web
