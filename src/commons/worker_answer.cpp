#include "commons/worker_answer.h"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>

namespace everyface {
namespace {

constexpr std::array kFromWorker = {PhotoProblem::kNotAPhoto,     PhotoProblem::kAnimation,
                                    PhotoProblem::kTooManyPixels, PhotoProblem::kCutOff,
                                    PhotoProblem::kDamaged,       PhotoProblem::kDecoderStopped};

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// 0 where it does not fit. Throws where it is no whole number.
int whole(const nlohmann::json& value) {
  const auto number = value.get_ref<const nlohmann::json::number_unsigned_t&>();
  return number <= std::numeric_limits<int>::max() ? static_cast<int>(number) : 0;
}

bool is_plausible(const WorkerAnswer& answer) {
  constexpr std::size_t kLongestFormat = 8;
  constexpr std::size_t kLongestSoftware = 64;
  const PhotoSignals& signals = answer.signals;
  return signals.format.size() <= kLongestFormat && is_printable(signals.format) &&
         signals.software.size() <= kLongestSoftware && is_printable(signals.software) &&
         signals.width > 0 && signals.height > 0 && answer.width > 0 && answer.height > 0 &&
         answer.width <= kMaxKeptSide && answer.height <= kMaxKeptSide;
}

}  // namespace

std::string write_answer(const WorkerAnswer& answer) {
  if (answer.problem) {
    return nlohmann::json{{"problem", problem_code(*answer.problem)}}.dump();
  }
  const PhotoSignals& signals = answer.signals;
  return nlohmann::json{{"format", signals.format},
                        {"stored_width", signals.width},
                        {"stored_height", signals.height},
                        {"camera", signals.camera},
                        {"capture_time", signals.capture_time},
                        {"location", signals.location},
                        {"software", signals.software},
                        {"width", answer.width},
                        {"height", answer.height}}
      .dump();
}

Result<WorkerAnswer> read_answer(std::string_view text) {
  const Error nonsense{"the photo worker's answer is not one"};
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    WorkerAnswer answer;
    if (json.contains("problem")) {
      const auto code = json.at("problem").get<std::string>();
      const auto* const found =
          std::find_if(kFromWorker.begin(), kFromWorker.end(),
                       [&code](PhotoProblem known) { return problem_code(known) == code; });
      if (found == kFromWorker.end()) {
        return nonsense;
      }
      answer.problem = *found;
      return answer;
    }
    PhotoSignals& signals = answer.signals;
    json.at("format").get_to(signals.format);
    signals.width = whole(json.at("stored_width"));
    signals.height = whole(json.at("stored_height"));
    json.at("camera").get_to(signals.camera);
    json.at("capture_time").get_to(signals.capture_time);
    json.at("location").get_to(signals.location);
    json.at("software").get_to(signals.software);
    answer.width = whole(json.at("width"));
    answer.height = whole(json.at("height"));
    return is_plausible(answer) ? Result<WorkerAnswer>(std::move(answer)) : nonsense;
  } catch (const nlohmann::json::exception&) {
    return nonsense;
  }
}

}  // namespace everyface
