// Which detectors there are, and how --detector names them.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "detect/face_model.h"
#include "detect/multi_pass.h"
#include "everyface/base/hash.h"
#include "everyface/base/text.h"
#include "everyface/detect/detector.h"
#include "everyface/nn/registry.h"

namespace everyface {
namespace {

constexpr std::string_view kFusion = "fusion";
constexpr std::string_view kFusionForm = "fusion(DETECTOR;gains=1,4,16)";

struct Entry {
  DetectorInfo info;
  FaceModelResult (*make)(const ModelRegistry& models);  ///< null for fusion
};

const std::vector<Entry>& entries() {
  static const std::vector<Entry> kEntries = {
      {{"dusk", "ours, trained in the dark; ships with the program", "dusk", true}, make_dusk},
      {{"haar", "OpenCV's frontal Haar cascade (Viola and Jones 2001); no weights needed", "",
        false},
       make_haar},
      {{"lbp", "OpenCV's frontal LBP cascade (Liao et al. 2007); no weights needed", "", false},
       make_lbp},
      {{"yunet", "YuNet, 75,000 parameters (Wu, Peng and Yu 2023)", "yunet-n", true}, make_yunet},
      {{"retinaface", "RetinaFace on MobileNet-0.25 (Deng et al. 2020)", "retinaface-mobilenet025",
        true},
       make_retinaface},
      {{"scrfd-500m", "SCRFD, 0.5 GFLOPs (Guo et al. 2021)", "scrfd-500m", true}, make_scrfd_500m},
      {{"scrfd-2.5g", "SCRFD, 2.5 GFLOPs (Guo et al. 2021)", "scrfd-2.5g", true}, make_scrfd_2_5g},
      {{"ultraface", "Ultra-Light-Fast, version RFB-320 (Linzaer 2019)", "ultraface-rfb", false},
       make_ultraface},
      {{std::string(kFusion),
        fmt::format("one detector on several brightenings, boxes merged: {}", kFusionForm), "",
        false},
       nullptr},
  };
  return kEntries;
}

/// The entry of a detector that is not fusion; null where there is none.
const Entry* find_base(std::string_view name) {
  for (const Entry& entry : entries()) {
    if (entry.make != nullptr && entry.info.name == name) {
      return &entry;
    }
  }
  return nullptr;
}

/// Messages are one line of valid UTF-8, whatever the text.
Error wrong(std::string_view text, std::string_view why) {
  std::string message = fmt::format("detector \"{}\": {}", to_valid_utf8(text), why);
  std::replace_if(
      message.begin(), message.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; },
      ' ');
  return Error{message};
}

Error unknown(std::string_view text, std::string_view name) {
  std::vector<std::string> names;
  for (const Entry& entry : entries()) {
    names.push_back(entry.info.name);
  }
  const std::string near = nearest(name, names);
  return wrong(text, fmt::format("\"{}\" is not a detector; {}known are {}", to_valid_utf8(name),
                                 near.empty() ? "" : fmt::format("did you mean \"{}\"? ", near),
                                 join(names, ", ")));
}

/// The gains of "gains=1,4,16", in rising order.
Result<std::vector<double>> parse_gains(std::string_view text, std::string_view field) {
  constexpr std::string_view kKey = "gains";
  constexpr double kLowest = 0.01;
  constexpr double kHighest = 256;
  constexpr std::size_t kMost = 8;
  const std::size_t equals = field.find('=');
  if (equals == std::string_view::npos || trim(field.substr(0, equals)) != kKey) {
    return wrong(text, fmt::format("\"{}\" stands where the gains belong, as in {}",
                                   to_valid_utf8(trim(field)), kFusionForm));
  }
  std::vector<double> gains;
  for (const std::string_view part : split(field.substr(equals + 1), ',')) {
    const auto gain = parse_number(trim(part));
    if (!gain || *gain < kLowest || *gain > kHighest) {
      return wrong(text, fmt::format("gain \"{}\" is not a number from {} to {}",
                                     to_valid_utf8(trim(part)), kLowest, kHighest));
    }
    gains.push_back(*gain);
  }
  std::sort(gains.begin(), gains.end());
  if (std::adjacent_find(gains.begin(), gains.end()) != gains.end()) {
    return wrong(text, "a gain is given twice");
  }
  if (gains.size() > kMost) {
    return wrong(
        text, fmt::format("{} gains are too many, at most {} may be given", gains.size(), kMost));
  }
  return gains;
}

/// Error where an option is out of its range (NaN is).
Result<void> check(const DetectorOptions& options) {
  struct Range {
    const char* name;
    double value;
    double low;
    double high;
  };
  constexpr double kMostFaces = 1e6;
  for (const Range& range :
       {Range{"min_score", options.min_score, 0, 1}, Range{"nms_iou", options.nms_iou, 0, 1},
        Range{"scale", options.scale, 0.01, 16},
        Range{"tile", options.tile_px == 0 ? 64.0 : options.tile_px, 64, 4096},
        Range{"max_faces", static_cast<double>(options.max_faces), 1, kMostFaces}}) {
    if (!(range.value >= range.low && range.value <= range.high)) {
      return Error{fmt::format("detector option {} is {}; it may be from {} to {}", range.name,
                               range.value, range.low, range.high)};
    }
  }
  return {};
}

}  // namespace

const std::vector<DetectorInfo>& detectors() {
  static const std::vector<DetectorInfo> kInfos = [] {
    std::vector<DetectorInfo> infos;
    for (const Entry& entry : entries()) {
      infos.push_back(entry.info);
    }
    return infos;
  }();
  return kInfos;
}

Result<DetectorSpec> DetectorSpec::parse(std::string_view text) {
  const std::string_view all = trim(text);
  if (all.empty()) {
    return wrong(text, "a detector's name is missing");
  }
  DetectorSpec spec;
  std::string_view base = all;
  const std::size_t open = all.find('(');
  const std::string_view head = trim(all.substr(0, open));
  if (open != std::string_view::npos || head == kFusion) {
    if (head != kFusion) {
      return find_base(head) != nullptr
                 ? wrong(text, fmt::format("\"{}\" takes nothing in parentheses", head))
                 : unknown(text, head);
    }
    if (open == std::string_view::npos) {
      return wrong(text, fmt::format("fusion needs a detector, as in {}", kFusionForm));
    }
    if (!all.ends_with(')')) {
      return wrong(text, "\")\" is missing at the end");
    }
    const std::string_view inside = all.substr(open + 1, all.size() - open - 2);
    const std::size_t semicolon = inside.find(';');
    base = trim(inside.substr(0, semicolon));
    if (trim(base.substr(0, base.find('('))) == kFusion) {
      return wrong(text, "a fusion cannot be fused again");
    }
    spec.gains_ = {1, 4, 16};
    if (semicolon != std::string_view::npos) {
      auto gains = parse_gains(text, inside.substr(semicolon + 1));
      if (!gains) {
        return gains.error();
      }
      spec.gains_ = std::move(gains).value();
    }
  }
  const Entry* entry = find_base(base);
  if (entry == nullptr) {
    return unknown(text, base);
  }
  spec.base_ = entry->info.name;
  spec.model_ = entry->info.model;
  spec.name_ = spec.base_;
  if (!spec.gains_.empty()) {
    std::vector<std::string> gains;
    for (const double gain : spec.gains_) {
      gains.push_back(shortest_number(gain));
    }
    spec.name_ = fmt::format("{}({};gains={})", kFusion, spec.base_, join(gains, ","));
  }
  return spec;
}

Result<std::unique_ptr<Detector>> DetectorSpec::make(const DetectorOptions& options,
                                                     const ModelRegistry& models) const {
  if (const auto good = check(options); !good.ok()) {
    return good.error();
  }
  auto model = find_base(base_)->make(models);
  if (!model) {
    return model.error();
  }
  return make_multi_pass(std::move(model).value(), options,
                         gains_.empty() ? std::vector<double>{1} : gains_);
}

std::string DetectorSpec::weights_sha256(const ModelRegistry& models) const {
  if (model_.empty()) {
    const auto file = cascade_file(base_);
    const auto sum = file ? sha256_file(*file) : Result<std::string>(file.error());
    return sum ? *sum : "-";
  }
  const auto entry = models.find(model_);
  return entry ? entry->sha256 : "-";
}

bool DetectorSpec::has_landmarks() const { return find_base(base_)->info.has_landmarks; }

Result<std::vector<DetectorSpec>> parse_detectors(std::string_view text) {
  std::vector<DetectorSpec> specs;
  for (const std::string& part : split_outside_parentheses(text, ',')) {
    auto spec = DetectorSpec::parse(part);
    if (!spec) {
      return spec.error();
    }
    for (const DetectorSpec& other : specs) {
      if (other.name() == spec->name()) {
        return wrong(text, fmt::format("{} is given twice", spec->name()));
      }
    }
    specs.push_back(std::move(spec).value());
  }
  if (specs.empty()) {
    return Error{"no detector is given; name one or several, separated by commas"};
  }
  return specs;
}

}  // namespace everyface
