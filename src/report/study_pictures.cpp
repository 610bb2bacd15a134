#include <fmt/format.h>

#include <algorithm>

#include "report/format.h"
#include "report/study_view.h"

namespace everyface {
namespace {

constexpr std::size_t kPicturesAtFirst = 2;

constexpr DrawnBox::Kind kKinds[] = {DrawnBox::Kind::kTrue, DrawnBox::Kind::kFalse,
                                     DrawnBox::Kind::kMissed, DrawnBox::Kind::kUnlabelled,
                                     DrawnBox::Kind::kIgnored};

const char* kind_class(DrawnBox::Kind kind) {
  switch (kind) {
    case DrawnBox::Kind::kTrue:
      return "true";
    case DrawnBox::Kind::kFalse:
      return "false";
    case DrawnBox::Kind::kMissed:
      return "missed";
    case DrawnBox::Kind::kUnlabelled:
      return "found";
    case DrawnBox::Kind::kIgnored:
      return "ignored";
  }
  return "";
}

/// After a number, for one line about a picture.
const char* kind_word(DrawnBox::Kind kind) {
  switch (kind) {
    case DrawnBox::Kind::kTrue:
      return "found";
    case DrawnBox::Kind::kFalse:
      return "false";
    case DrawnBox::Kind::kMissed:
      return "missed";
    case DrawnBox::Kind::kUnlabelled:
      return "boxes";
    case DrawnBox::Kind::kIgnored:
      return "ignored";
  }
  return "";
}

const char* kind_explanation(DrawnBox::Kind kind) {
  switch (kind) {
    case DrawnBox::Kind::kTrue:
      return "face found";
    case DrawnBox::Kind::kFalse:
      return "false box";
    case DrawnBox::Kind::kMissed:
      return "face missed";
    case DrawnBox::Kind::kUnlabelled:
      return "box (no labelled box to check it)";
    case DrawnBox::Kind::kIgnored:
      return "not counted";
  }
  return "";
}

std::size_t count_kind(const std::vector<DrawnBox>& boxes, DrawnBox::Kind kind) {
  return static_cast<std::size_t>(std::count_if(
      boxes.begin(), boxes.end(), [&](const DrawnBox& drawn) { return drawn.kind == kind; }));
}

/// Each kind has a colour, a dash and a shape of its own, so colour is never needed to tell them.
std::string shape(DrawnBox::Kind kind, const Box& box) {
  const double width = std::max(0.0, box.width());
  const double height = std::max(0.0, box.height());
  std::string outline;
  if (kind == DrawnBox::Kind::kMissed) {
    outline = fmt::format("<ellipse cx=\"{:.1f}\" cy=\"{:.1f}\" rx=\"{:.1f}\" ry=\"{:.1f}\"",
                          box.x1 + width / 2, box.y1 + height / 2, width / 2, height / 2);
  } else {
    outline = fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"",
                          box.x1, box.y1, width, height);
  }
  // A dark line below the coloured one keeps it visible on any photo.
  return fmt::format("{0} class=\"halo {1}\"/>{0} class=\"box {1}\"/>", outline, kind_class(kind));
}

std::string tally(const std::vector<DrawnBox>& boxes) {
  std::string out;
  for (const DrawnBox::Kind kind : kKinds) {
    const std::size_t count = count_kind(boxes, kind);
    if (count > 0) {
      const bool one_box = kind == DrawnBox::Kind::kUnlabelled && count == 1;
      out +=
          (out.empty() ? "" : ", ") + count_text(count) + " " + (one_box ? "box" : kind_word(kind));
    }
  }
  return out.empty() ? "no boxes" : out;
}

std::string side(const Example& example, bool before, const std::string& data_uri) {
  const std::string& name = before ? example.before_name : example.after_name;
  const std::vector<DrawnBox>& boxes = before ? example.before_boxes : example.after_boxes;
  const char* when = before ? "before" : "after";
  std::string out = fmt::format(
      "<div class=\"side {0}\"><img src=\"{1}\" width=\"{2}\" height=\"{3}\" loading=\"lazy\" "
      "decoding=\"async\" alt=\"{4}, {0}, enhancement {5}: {6}\" />"
      "<svg viewBox=\"0 0 {2} {3}\" aria-hidden=\"true\">",
      when, data_uri, example.width, example.height, escape_html(example.image), escape_html(name),
      tally(boxes));
  for (const DrawnBox& drawn : boxes) {
    out += shape(drawn.kind, drawn.box);
  }
  return out + "</svg></div>";
}

std::string tag(const char* when, const std::string& name, const std::vector<DrawnBox>& boxes) {
  return fmt::format("<span><b>{}</b> {}<br />{}</span>", when, escape_html(name), tally(boxes));
}

std::string figure(const Example& example, const std::string& before, const std::string& after) {
  return fmt::format(
      "<figure class=\"compare\"><p class=\"tags\">{}{}</p><div class=\"stage\">{}{}</div>"
      "<input type=\"range\" min=\"0\" max=\"100\" value=\"50\" aria-label=\"How much of the photo "
      "before enhancement is shown, {}\" /><figcaption><bdi>{}</bdi> <span class=\"muted\">{}, {}"
      "</span><br />{}</figcaption></figure>\n",
      tag("Before", example.before_name, example.before_boxes),
      tag("After", example.after_name, example.after_boxes), side(example, true, before),
      side(example, false, after), escape_html(example.image), escape_html(example.image),
      escape_html(example.detector), ev_text(example.exposure_ev), escape_html(example.caption));
}

}  // namespace

std::string pictures_html(const StudySummary& summary, const std::vector<std::string>& data_uris) {
  const std::size_t shown = std::min(summary.examples.size(), data_uris.size() / 2);
  if (shown == 0) {
    return "";
  }
  std::string out = "<p class=\"key\">";
  for (const DrawnBox::Kind kind : kKinds) {
    const bool used =
        std::any_of(summary.examples.begin(), summary.examples.end(), [&](const Example& example) {
          return count_kind(example.before_boxes, kind) + count_kind(example.after_boxes, kind) > 0;
        });
    if (used) {
      out +=
          fmt::format("<span><svg viewBox=\"0 0 28 20\" aria-hidden=\"true\">{}</svg> {}</span> ",
                      shape(kind, {3, 3, 25, 17}), kind_explanation(kind));
    }
  }
  out += "</p>\n<div class=\"gallery\">\n";
  for (std::size_t i = 0; i < shown; ++i) {
    if (i == kPicturesAtFirst) {
      out += fmt::format("</div>\n<details><summary>{}</summary>\n<div class=\"gallery\">\n",
                         count_of(shown - i, "more photo"));
    }
    out += figure(summary.examples[i], data_uris[2 * i], data_uris[2 * i + 1]);
  }
  out += "</div>\n";
  if (shown > kPicturesAtFirst) {
    out += "</details>\n";
  }
  if (shown < summary.examples.size()) {
    out += fmt::format(
        "<p class=\"muted\">{} left out to keep this page small; see the folder "
        "pictures.</p>\n",
        count_of(summary.examples.size() - shown, "more photo"));
  }
  return out;
}

}  // namespace everyface
