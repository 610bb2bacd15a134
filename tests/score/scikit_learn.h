// Curves by scikit-learn, where it is installed.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/testing.h"

namespace everyface::testing {

/// A label (true for what should score high) and a score.
using LabelledScore = std::pair<bool, double>;

/// What tests/score/scikit_learn_curve.py prints for a curve, three numbers a point. None where
/// Python or scikit-learn is not installed; fails the test where the script fails.
inline std::optional<std::vector<std::array<double, 3>>> scikit_learn_curve(
    const std::string& curve, const std::vector<LabelledScore>& scores) {
  const char* const python = "/usr/bin/python3";
  if (!std::filesystem::exists(python)) {
    return std::nullopt;
  }
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "labels.txt";
  {
    std::ofstream lines(file);
    lines.precision(17);
    for (const auto& [label, score] : scores) {
      lines << label << ' ' << score << '\n';
    }
  }
  const std::string script = (source_folder() / "tests/score/scikit_learn_curve.py").string();
  const std::string command =
      std::string(python) + " '" + script + "' " + curve + " '" + file.string() + "'";
  FILE* pipe = ::popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  std::string output;
  char buffer[4096];
  for (std::size_t got = 0; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    output.append(buffer, got);
  }
  const int status = ::pclose(pipe);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
    return std::nullopt;
  }
  EXPECT_EQ(status, 0) << command;
  std::vector<std::array<double, 3>> points;
  std::istringstream lines(output);
  for (std::array<double, 3> point; lines >> point[0] >> point[1] >> point[2];) {
    points.push_back(point);
  }
  return points;
}

}  // namespace everyface::testing

/// Skips the test where scikit_learn_curve() gave none.
#define EVERYFACE_NEEDS_SCIKIT_LEARN(points)                                       \
  do {                                                                             \
    if (!(points)) {                                                               \
      GTEST_SKIP() << "needs scikit-learn for /usr/bin/python3 (python3-sklearn)"; \
    }                                                                              \
  } while (false)
