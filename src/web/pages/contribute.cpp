// Sending photos.
#include <nlohmann/json.hpp>

#include "web/commons.h"
#include "web/pages/contributor.h"
#include "web/pages/photo_upload.h"
#include "web/pages/support.h"

namespace everyface::web {
namespace {

class ContributePages {
 public:
  explicit ContributePages(Services& services) : app_(services.app), commons_(services.commons) {}

  Response form(const Request& request, View results = View::array(), View problem = nullptr,
                int status = 200) const {
    const auto standing = contributor_standing(commons_, account_of(request));
    if (!standing) {
      return problem_page(request, standing.error());
    }
    if (const std::string step = standing->next_step(); step != "/contribute") {
      return Response::redirect(step);
    }
    const std::uint64_t most_bytes = commons_.config.limits.photo_bytes;
    return app_.page(request, "contribute",
                     {{"steps", step_views(request, *standing, 2)},
                      {"results", std::move(results)},
                      {"most_bytes", most_bytes},
                      {"megabytes", most_bytes / 1'000'000},
                      {"problem", std::move(problem)}},
                     status);
  }

  Response send(const Request& request) const {
    if (request.uploads.empty()) {
      return request.wants_json()
                 ? Response::problem(422, words(request, "problem.no_file"))
                 : form(request, View::array(), words(request, "problem.no_file"), 422);
    }
    if (auto may_send = commons_.photos.may_submit(account_of(request)); !may_send) {
      const std::string text = explain(request, may_send.error());
      const int status = status_of(may_send.error());
      return request.wants_json() ? Response::problem(status, text)
                                  : form(request, View::array(), text, status);
    }
    View results = View::array();
    bool all_sent = true;
    for (const Upload& upload : request.uploads) {
      const UploadOutcome outcome = submit_upload(commons_, request, upload);
      all_sent = all_sent && outcome.photo;
      results.push_back(outcome_view(request, outcome, results.size()));
    }
    const int status = all_sent ? 200 : 422;
    return request.wants_json() ? Response::json({{"results", std::move(results)}}, status)
                                : form(request, std::move(results), nullptr, status);
  }

 private:
  App& app_;
  Commons& commons_;
};

}  // namespace

void add_contribute_pages(Router& router, Services& services) {
  const ContributePages pages(services);
  const auto member = Role::kContributor;
  router.get("/contribute", member, [pages](Request& request) { return pages.form(request); });
  router.post(
      "/contribute", member, [pages](Request& request) { return pages.send(request); },
      upload_route(services.config));
}

}  // namespace everyface::web
