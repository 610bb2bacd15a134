#include "commons/review_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace everyface {
namespace {

constexpr std::array<std::pair<Verdict, std::string_view>, 3> kVerdicts = {{
    {Verdict::kApprove, "approve"},
    {Verdict::kReject, "reject"},
    {Verdict::kEscalate, "escalate"},
}};

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  for (const auto& [known, name] : kVerdicts) {
    if (known == verdict) {
      return name;
    }
  }
  throw std::logic_error("no such verdict");
}

std::optional<Verdict> parse_verdict(std::string_view name) {
  for (const auto& [verdict, known] : kVerdicts) {
    if (known == name) {
      return verdict;
    }
  }
  return std::nullopt;
}

const std::vector<std::string>& rejection_reasons() {
  static const std::vector<std::string> kReasons = {
      "no_face", "unclear",        "covered",   "screen",     "edited",
      "child",   "another_person", "duplicate", "unsuitable", "other"};
  return kReasons;
}

Error invalid_verdict(std::string message) { return {std::move(message), "invalid_verdict"}; }

Result<void> check_words(const std::string& words) {
  if (words.size() > kMaxWords) {
    return invalid_verdict(
        fmt::format("the words are too long: {} of at most {} bytes", words.size(), kMaxWords));
  }
  return {};
}

Result<void> check_input(const ReviewInput& input) {
  const auto& reasons = rejection_reasons();
  if (input.verdict == Verdict::kApprove && (input.quality < 1 || input.quality > 5)) {
    return invalid_verdict("an approval needs quality points from 1 to 5");
  }
  if (input.verdict == Verdict::kReject &&
      std::find(reasons.begin(), reasons.end(), input.reason) == reasons.end()) {
    return invalid_verdict("a rejection needs one of the listed reasons");
  }
  const bool needs_words = input.verdict == Verdict::kEscalate ||
                           (input.verdict == Verdict::kReject && input.reason == "other");
  if (needs_words && input.words.empty()) {
    return invalid_verdict("say in a few words why");
  }
  return check_words(input.words);
}

}  // namespace everyface
