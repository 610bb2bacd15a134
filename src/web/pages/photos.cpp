// A contributor's own photos.
#include "everyface/commons/photos.h"

#include <nlohmann/json.hpp>

#include "everyface/base/text.h"
#include "everyface/commons/moderation.h"
#include "web/commons.h"
#include "web/pages/support.h"

namespace everyface::web {
namespace {

std::string_view tone_of(PhotoState state) {
  switch (state) {
    case PhotoState::kApproved:
      return "good";
    case PhotoState::kRejected:
      return "bad";
    case PhotoState::kEscalated:
    case PhotoState::kPending:
      return "warn";
    case PhotoState::kWithdrawn:
      break;
  }
  return "";
}

View photo_view(const Request& request, const MyPhoto& photo) {
  // Whether an administrator looks at it is no business of the contributor's.
  const PhotoState shown =
      photo.state == PhotoState::kEscalated ? PhotoState::kPending : photo.state;
  const std::string state(photo_state_name(shown));
  const std::string key = photo.in_appeal ? "appealed" : state;
  return {{"id", photo.id.text()},
          {"date", date_text(request, photo.sent_ms)},
          {"state", words(request, "photo_state." + key)},
          {"explanation", words(request, "photo_explained." + key)},
          {"tone", std::string(tone_of(photo.state))},
          {"picture", photo.state != PhotoState::kWithdrawn},
          {"width", photo.width},
          {"height", photo.height},
          {"released", join(photo.releases, ", ")}};
}

class PhotoPages {
 public:
  explicit PhotoPages(Services& services) : app_(services.app), commons_(services.commons) {}

  Response list(const Request& request) const {
    const auto photos = commons_.photos.list(account_of(request));
    if (!photos) {
      return problem_page(request, photos.error());
    }
    View views = View::array();
    for (const MyPhoto& photo : *photos) {
      views.push_back(photo_view(request, photo));
    }
    return app_.page(request, "my_photos",
                     {{"none", photos->empty()},
                      {"photos", std::move(views)},
                      {"problem", nullptr},
                      {"done", done_text(request)}});
  }

  Response one(const Request& request, View problem = nullptr, int status = 200) const {
    const auto id = uuid_parameter(request, "photo");
    if (!id) {
      return Response::problem(404);
    }
    const auto photo = commons_.photos.find(account_of(request), *id);
    if (!photo) {
      return problem_page(request, photo.error());
    }
    View view = photo_view(request, *photo);
    view["reason"] = photo->state == PhotoState::kRejected && !photo->reason.empty()
                         ? View(words(request, "rejection." + photo->reason))
                         : View();
    view["words"] = photo->words;
    view["may_appeal"] = photo->may_appeal;
    view["most_words"] = kMaxWords;
    view["problem"] = std::move(problem);
    view["done"] = done_text(request);
    return app_.page(request, "my_photo", view, status);
  }

  Response image(const Request& request, PhotoSize size) const {
    const auto id = uuid_parameter(request, "photo");
    if (!id) {
      return Response::problem(404);
    }
    auto jpeg = commons_.photos.image(account_of(request), *id, size);
    return jpeg ? jpeg_response(std::move(*jpeg)) : problem_page(request, jpeg.error());
  }

  Response withdraw(const Request& request) const {
    const auto id = uuid_parameter(request, "photo");
    if (!id) {
      return Response::problem(404);
    }
    if (request.form.get("sure") != "yes") {
      return one(request, words(request, "problem.not_sure"), 422);
    }
    if (auto done = commons_.photos.withdraw(account_of(request), *id); !done) {
      return problem_page(request, done.error());
    }
    return redirect_done("/my/photos", "withdrawn");
  }

  Response appeal(const Request& request) const {
    const auto id = uuid_parameter(request, "photo");
    if (!id) {
      return Response::problem(404);
    }
    const auto sent = commons_.moderation.appeal(account_of(request), *id,
                                                 std::string(trim(request.form.get("words"))));
    if (!sent) {
      return sent.error().code == "not_found"
                 ? problem_page(request, sent.error())
                 : one(request, explain(request, sent.error()), status_of(sent.error()));
    }
    return redirect_done("/my/photos/" + id->text(), "appealed");
  }

 private:
  App& app_;
  Commons& commons_;
};

}  // namespace

void add_photo_pages(Router& router, Services& services) {
  const PhotoPages pages(services);
  const auto member = Role::kContributor;
  router.get("/my/photos", member, [pages](Request& request) { return pages.list(request); });
  router.get("/my/photos/{photo}", member,
             [pages](Request& request) { return pages.one(request); });
  router.get("/my/photos/{photo}/image", member,
             [pages](Request& request) { return pages.image(request, PhotoSize::kFull); });
  router.get("/my/photos/{photo}/thumbnail", member,
             [pages](Request& request) { return pages.image(request, PhotoSize::kThumbnail); });
  router.post("/my/photos/{photo}/withdraw", member,
              [pages](Request& request) { return pages.withdraw(request); });
  router.post("/my/photos/{photo}/appeal", member,
              [pages](Request& request) { return pages.appeal(request); });
}

}  // namespace everyface::web
