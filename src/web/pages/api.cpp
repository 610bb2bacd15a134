// The JSON API, described for programs by web/api/openapi.json.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "everyface/base/text.h"
#include "everyface/commons/consent.h"
#include "everyface/web/assets.h"
#include "web/commons.h"
#include "web/pages/contributor.h"
#include "web/pages/photo_upload.h"
#include "web/pages/support.h"

namespace everyface::web {
namespace {

using nlohmann::json;

json optional_time(const std::optional<std::int64_t>& ms) { return ms ? json(*ms) : json(); }

json release_json(const Release& release, const std::string& public_url) {
  json files = json::array();
  const bool published = release.state == ReleaseState::kPublished;
  const std::string base = public_url + "/releases/" + release.version.text() + "/";
  for (const ReleaseFile& file : release.files) {
    files.push_back({{"name", file.name},
                     {"media_type", file.media_type},
                     {"bytes", file.bytes},
                     {"sha256", file.sha256},
                     {"url", published ? json(base + file.name) : json()}});
  }
  return {{"version", release.version.text()},
          {"retired", !published},
          {"published_ms", release.published_ms},
          {"notes", release.notes},
          {"photos", release.photos},
          {"people", release.people},
          {"removed", release.removed},
          {"files", std::move(files)}};
}

json photo_json(const MyPhoto& photo) {
  // Contributors learn that a photo waits, not who looks at it.
  const PhotoState shown =
      photo.state == PhotoState::kEscalated ? PhotoState::kPending : photo.state;
  return {{"id", photo.id.text()},
          {"state", std::string(photo_state_name(shown))},
          {"sent_ms", photo.sent_ms},
          {"decided_ms", optional_time(photo.decided_ms)},
          {"withdrawn_ms", optional_time(photo.withdrawn_ms)},
          {"width", photo.width},
          {"height", photo.height},
          {"reason", photo.reason},
          {"words", photo.words},
          {"may_appeal", photo.may_appeal},
          {"releases", photo.releases}};
}

class Api {
 public:
  explicit Api(Services& services) : app_(services.app), commons_(services.commons) {}

  Response statistics(const Request& request) const {
    const auto current = commons_.statistics.current();
    if (!current) {
      return problem_page(request, current.error());
    }
    const std::shared_ptr<const SiteStatistics>& statistics = *current;
    json attributes = json::array();
    for (const AttributeCounts& counts : statistics->attributes) {
      json people = json::object();
      for (const auto& [code, count] : counts.people) {
        people[code] = count ? json(*count) : json();
      }
      attributes.push_back({{"attribute", counts.attribute},
                            {"people", std::move(people)},
                            {"total", counts.total ? json(*counts.total) : json()}});
    }
    return Response::json(
        {{"people", statistics->people ? json(*statistics->people) : json()},
         {"photos", statistics->photos},
         {"waiting", statistics->waiting},
         {"latest_release",
          statistics->latest_release ? json(*statistics->latest_release) : json()},
         {"smallest_count", statistics->smallest_count},
         {"attributes", std::move(attributes)}});
  }

  Response releases(const Request& request) const {
    const auto releases = commons_.releases.list();
    if (!releases) {
      return problem_page(request, releases.error());
    }
    json list = json::array();
    for (const Release& release : *releases) {
      list.push_back(release_json(release, app_.options().public_url));
    }
    return Response::json({{"releases", std::move(list)}});
  }

  Response release(const Request& request) const {
    const auto version = ReleaseVersion::parse(request.parameter("version"));
    if (!version) {
      return Response::problem(404);
    }
    const auto release = commons_.releases.find(*version);
    return release ? Response::json(release_json(*release, app_.options().public_url))
                   : problem_page(request, release.error());
  }

  Response me(const Request& request) const {
    const auto standing = contributor_standing(commons_, account_of(request));
    if (!standing) {
      return problem_page(request, standing.error());
    }
    json declaration;
    if (standing->declaration) {
      const Declaration& said = standing->declaration->declaration;
      declaration = {{"groups", said.groups},
                     {"gender", said.gender},
                     {"age_band", said.age_band},
                     {"country", said.country},
                     {"monk_tone", said.monk_tone ? json(*said.monk_tone) : json()}};
    }
    return Response::json({{"account", request.visitor.account},
                           {"consents",
                            {{"publication", standing->consents.publication},
                             {"special_category", standing->consents.special_category},
                             {"templates", standing->consents.templates}}},
                           {"declaration", std::move(declaration)}});
  }

  Response photos(const Request& request) const {
    const auto photos = commons_.photos.list(account_of(request));
    if (!photos) {
      return problem_page(request, photos.error());
    }
    json list = json::array();
    for (const MyPhoto& photo : *photos) {
      list.push_back(photo_json(photo));
    }
    return Response::json({{"photos", std::move(list)}});
  }

  Response photo(const Request& request) const {
    const auto id = uuid_parameter(request, "photo");
    if (!id) {
      return Response::problem(404);
    }
    const auto photo = commons_.photos.find(account_of(request), *id);
    return photo ? Response::json(photo_json(*photo)) : problem_page(request, photo.error());
  }

  Response image(const Request& request) const {
    const auto id = uuid_parameter(request, "photo");
    if (!id) {
      return Response::problem(404);
    }
    auto jpeg = commons_.photos.image(account_of(request), *id, PhotoSize::kFull);
    return jpeg ? jpeg_response(std::move(*jpeg)) : problem_page(request, jpeg.error());
  }

  Response send_photo(const Request& request) const {
    if (request.uploads.size() != 1) {
      return Response::problem(422, words(request, "problem.no_file"));
    }
    const UploadOutcome outcome = submit_upload(commons_, request, request.uploads.front());
    if (outcome.photo) {
      return Response::json({{"id", outcome.photo->text()}}, 201);
    }
    return Response::json({{"title", outcome.headline},
                           {"status", 422},
                           {"detail", join(outcome.reasons, " ")},
                           {"codes", outcome.codes},
                           {"faces", outcome.faces.size()}},
                          422);
  }

  Response withdraw(const Request& request) const {
    const auto id = uuid_parameter(request, "photo");
    if (!id) {
      return Response::problem(404);
    }
    const auto done = commons_.photos.withdraw(account_of(request), *id);
    return done ? Response::empty() : problem_page(request, done.error());
  }

 private:
  App& app_;
  Commons& commons_;
};

/// Only for sessions and for tokens that were made with the scope.
Handler scoped(std::string_view scope, Handler handler) {
  return [scope, handler = std::move(handler)](Request& request) {
    return may(request.visitor, scope) ? handler(request)
                                       : Response::problem(403, words(request, "problem.scope"));
  };
}

Response openapi(const Request& /*request*/) {
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.name == "api/openapi.json") {
      Response response;
      response.set_header("Content-Type", "application/json");
      return response.set_static_body(file.content);
    }
  }
  return Response::problem(404);
}

}  // namespace

void add_api(Router& router, Services& services) {
  const Api api(services);
  const auto anyone = Role::kAnonymous;
  const auto member = Role::kContributor;
  router.get("/api/v1/openapi.json", anyone, [](Request& request) { return openapi(request); });
  router.get("/api/v1/statistics", anyone,
             [api](Request& request) { return api.statistics(request); });
  router.get("/api/v1/releases", anyone, [api](Request& request) { return api.releases(request); });
  router.get("/api/v1/releases/{version}", anyone,
             [api](Request& request) { return api.release(request); });
  router.get("/api/v1/me", member,
             scoped("account:read", [api](Request& request) { return api.me(request); }));
  router.get("/api/v1/me/photos", member,
             scoped("photos:read", [api](Request& request) { return api.photos(request); }));
  router.get("/api/v1/me/photos/{photo}", member,
             scoped("photos:read", [api](Request& request) { return api.photo(request); }));
  router.get("/api/v1/me/photos/{photo}/image", member,
             scoped("photos:read", [api](Request& request) { return api.image(request); }));
  router.post("/api/v1/me/photos", member,
              scoped("photos:write", [api](Request& request) { return api.send_photo(request); }),
              upload_route(services.config));
  router.add(Method::kDelete, "/api/v1/me/photos/{photo}", member,
             scoped("photos:write", [api](Request& request) { return api.withdraw(request); }));
}

}  // namespace everyface::web
