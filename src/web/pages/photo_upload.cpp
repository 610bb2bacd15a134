#include "web/pages/photo_upload.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "everyface/base/text.h"
#include "everyface/commons/photo_intake.h"
#include "web/commons.h"
#include "web/pages/contributor.h"
#include "web/pages/support.h"

namespace everyface::web {
namespace {

IntakeAnswers answers_in(const Request& request, bool with_template) {
  IntakeAnswers answers;
  const auto face = parse_int(request.form.get("face"));
  if (face && *face >= 1) {
    answers.face = static_cast<std::size_t>(*face - 1);
  }
  if (const std::string_view light = request.form.get("light"); !light.empty()) {
    answers.brighten = light == "brightened";
  }
  answers.with_template = with_template;
  return answers;
}

void fill(UploadOutcome& outcome, const Request& request, IntakeQuestion question) {
  outcome.asks = !question.is_refusal;
  outcome.headline =
      words(request, question.is_refusal ? "contribute.not_sent" : "contribute.one_more");
  for (const std::string& code : question.codes) {
    outcome.reasons.push_back(words(request, "upload." + code));
  }
  outcome.codes = std::move(question.codes);
  outcome.faces = std::move(question.faces);
  outcome.width = question.width;
  outcome.height = question.height;
  outcome.preview = std::move(question.preview);
  outcome.dark_preview = std::move(question.dark_preview);
}

void refuse(UploadOutcome& outcome, const Request& request, const Error& error) {
  outcome.headline = words(request, "contribute.not_sent");
  outcome.reasons = {explain(request, error)};
  outcome.codes = {error.code.empty() ? "other" : error.code};
}

}  // namespace

UploadOutcome submit_upload(Commons& commons, const Request& request, const Upload& upload) {
  UploadOutcome outcome;
  outcome.name = to_valid_utf8(upload.file_name);
  const Uuid account = account_of(request);
  const auto standing = contributor_standing(commons, account);
  if (!standing) {
    refuse(outcome, request, standing.error());
    return outcome;
  }
  auto bytes = upload.content.read();
  if (!bytes) {
    refuse(outcome, request, bytes.error());
    return outcome;
  }
  auto prepared =
      commons.intake->prepare(*bytes, answers_in(request, standing->consents.templates));
  if (auto* question = std::get_if<IntakeQuestion>(&prepared)) {
    fill(outcome, request, std::move(*question));
    return outcome;
  }
  const auto sent =
      commons.photos.submit(account, std::get<PreparedPhoto>(prepared), network_of(request));
  if (!sent) {
    refuse(outcome, request, sent.error());
    return outcome;
  }
  outcome.photo = *sent;
  outcome.headline = words(request, "contribute.sent");
  outcome.reasons = {words(request, "contribute.sent_detail")};
  return outcome;
}

View outcome_view(const Request& request, const UploadOutcome& outcome, std::size_t index) {
  View faces = View::array();
  for (const Box& face : outcome.faces) {
    View view = box_view(face, outcome.width, outcome.height);
    const std::size_t number = faces.size() + 1;
    view["number"] = number;
    view["label"] = words(request, "contribute.face_n", {{"number", std::to_string(number)}});
    faces.push_back(std::move(view));
  }
  const auto picture = [](const std::string& jpeg) {
    return jpeg.empty() ? View() : View(jpeg_data_url(jpeg));
  };
  const bool which = !outcome.faces.empty();
  return {{"index", index},
          {"name", outcome.name},
          {"tone", outcome.photo  ? "good"
                   : outcome.asks ? "warn"
                                  : "bad"},
          {"headline", outcome.headline},
          {"reasons", outcome.reasons},
          {"width", outcome.width},
          {"height", outcome.height},
          {"faces", std::move(faces)},
          {"which", which},
          {"preview", picture(outcome.preview)},
          {"dark", !outcome.dark_preview.empty()},
          {"dark_preview", picture(outcome.dark_preview)},
          {"chosen_face", std::string(request.form.get("face"))},
          {"as_it_is", words(request, "contribute.as_it_is")},
          {"brightened", words(request, "contribute.brightened")}};
}

RouteOptions upload_route(const Config& config) {
  RouteOptions options;
  options.body = BodyKind::kMultipart;
  options.max_body_bytes =
      config.limits.photo_bytes * config.limits.photos_per_upload + kFormOverhead;
  options.rate_limit = "upload";
  return options;
}

}  // namespace everyface::web
