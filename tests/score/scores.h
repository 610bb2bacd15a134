// Scores for tests.
#pragma once

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numbers>
#include <string>
#include <vector>

#include "everyface/base/random.h"
#include "tests/testing.h"

namespace everyface::testing {

/// A number of the standard normal distribution.
inline double normal(Random& random) {
  return std::sqrt(-2 * std::log(1 - random.uniform())) *
         std::cos(2 * std::numbers::pi * random.uniform());
}

/// Scores around a mean, rounded to `step` so that there are ties (0: not rounded).
inline std::vector<double> normal_scores(std::uint64_t seed, std::size_t count, double mean,
                                         double step) {
  Random random(seed);
  std::vector<double> scores(count);
  for (double& score : scores) {
    score = mean + 0.1 * normal(random);
    score = step > 0 ? std::round(score / step) * step : score;
  }
  return scores;
}

template <typename T>
void shuffle(std::vector<T>& list, std::uint64_t seed) {
  Random random(seed);
  for (std::size_t i = list.size(); i > 1; --i) {
    std::swap(list[i - 1], list[random.below(i)]);
  }
}

/// Where the reference outputs of verification lie in ../shared.
inline std::string verification_reference(const std::string& name) {
  return "data/reference/verification/" + name;
}

inline nlohmann::json read_shared_json(const std::string& relative) {
  std::ifstream file(shared_folder() / relative);
  return nlohmann::json::parse(file);
}

}  // namespace everyface::testing
