// Anyone puts in a dark photo and sees it enhanced, with the faces found before and after.
#include <nlohmann/json.hpp>

#include "everyface/commons/photo_intake.h"
#include "web/commons.h"
#include "web/pages/photo_upload.h"
#include "web/pages/support.h"

namespace everyface::web {
namespace {

View boxes(const std::vector<Face>& faces, const TriedPhoto& photo) {
  View views = View::array();
  for (const Face& face : faces) {
    views.push_back(box_view(face.box, photo.width, photo.height));
  }
  return views;
}

class TryPage {
 public:
  explicit TryPage(Services& services) : app_(services.app), commons_(services.commons) {}

  Response form(const Request& request, View problem = nullptr, int status = 200,
                View result = nullptr) const {
    return app_.page(request, "try",
                     {{"megabytes", commons_.config.limits.photo_bytes / 1'000'000},
                      {"problem", std::move(problem)},
                      {"result", std::move(result)}},
                     status);
  }

  Response run(const Request& request) const {
    if (request.uploads.empty()) {
      return form(request, words(request, "problem.no_file"), 422);
    }
    const auto bytes = request.uploads.front().content.read();
    if (!bytes) {
      return problem_page(request, bytes.error());
    }
    const auto photo = commons_.intake->try_out(*bytes);
    if (!photo) {
      return form(request, words(request, "upload." + photo.error().code),
                  photo.error().code == problem_code(PhotoProblem::kBusy) ? 503 : 422);
    }
    const auto before = static_cast<std::int64_t>(photo->faces_before.size());
    const auto after = static_cast<std::int64_t>(photo->faces_after.size());
    return form(request, nullptr, 200,
                {{"found", counted(request, "try.found", after)},
                 {"before_count", counted(request, "try.count", before)},
                 {"after_count", counted(request, "try.count", after)},
                 {"before", jpeg_data_url(photo->before)},
                 {"after", jpeg_data_url(photo->after)},
                 {"width", photo->width},
                 {"height", photo->height},
                 {"before_boxes", boxes(photo->faces_before, *photo)},
                 {"after_boxes", boxes(photo->faces_after, *photo)},
                 {"method", "gaussian+gain"},
                 {"detector", commons_.intake->detector()}});
  }

 private:
  App& app_;
  Commons& commons_;
};

}  // namespace

void add_try_page(Router& router, Services& services) {
  const TryPage page(services);
  router.get("/try", Role::kAnonymous, [page](Request& request) { return page.form(request); });
  router.post("/try", Role::kAnonymous, [page](Request& request) { return page.run(request); },
              {.body = BodyKind::kMultipart,
               .max_body_bytes = services.config.limits.photo_bytes + kFormOverhead,
               .rate_limit = "try_it"});
}

}  // namespace everyface::web
