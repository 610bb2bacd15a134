#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/admin.h"
#include "everyface/money/reward_simulation.h"

namespace everyface::cli {
namespace {

using nlohmann::ordered_json;

constexpr double kFraudShares[] = {0.02, 0.05, 0.1, 0.2, 0.4};
constexpr double kDetections[] = {0, 0.3, 0.6, 0.9};
constexpr double kMultipliers[] = {1, 2, 3, 4, 6, 8};

struct Point {
  std::string name;
  double value = 0;
  std::vector<SchemeOutcome> schemes;
};

struct Study {
  std::vector<SchemeOutcome> schemes;
  std::vector<std::vector<Point>> grid;  ///< by share of fraud, then by detection
  std::vector<Point> multipliers;
};

Result<Study> study(const RewardSimulation& simulation) {
  Study study;
  auto schemes = simulate_rewards(simulation);
  if (!schemes) {
    return schemes.error();
  }
  study.schemes = std::move(*schemes);
  RewardSimulation varied = simulation;
  for (const double fraud : kFraudShares) {
    varied.fraud_share = fraud;
    auto& row = study.grid.emplace_back();
    for (const double detection : kDetections) {
      varied.detection = detection;
      row.push_back({"detection", detection, simulate_rewards(varied).value()});
    }
  }
  varied = simulation;
  for (const double most : kMultipliers) {
    varied.rules.most_multiplier = most;
    study.multipliers.push_back({"most_multiplier", most, simulate_rewards(varied).value()});
  }
  return study;
}

ordered_json schemes_json(const std::vector<SchemeOutcome>& schemes) {
  ordered_json list = ordered_json::array();
  for (const SchemeOutcome& scheme : schemes) {
    list.push_back({{"name", scheme.name},
                    {"honest_mean", scheme.honest_mean},
                    {"cheater_mean", scheme.cheater_mean},
                    {"cheater_gain", scheme.cheater_gain},
                    {"budget_to_cheaters", scheme.budget_to_cheaters},
                    {"rare_honest_mean", scheme.rare_honest_mean}});
  }
  return list;
}

ordered_json study_json(const RewardSimulation& simulation, const Study& study) {
  ordered_json grid = ordered_json::array();
  for (std::size_t row = 0; row < study.grid.size(); ++row) {
    for (const Point& point : study.grid[row]) {
      grid.push_back({{"fraud_share", kFraudShares[row]},
                      {"detection", point.value},
                      {"schemes", schemes_json(point.schemes)}});
    }
  }
  ordered_json multipliers = ordered_json::array();
  for (const Point& point : study.multipliers) {
    multipliers.push_back({{point.name, point.value}, {"schemes", schemes_json(point.schemes)}});
  }
  return {{"seed", simulation.seed},
          {"fraud_share", simulation.fraud_share},
          {"detection", simulation.detection},
          {"most_multiplier", simulation.rules.most_multiplier},
          {"releases", simulation.releases},
          {"people_a_release", simulation.people_a_release},
          {"repetitions", simulation.repetitions},
          {"schemes", schemes_json(study.schemes)},
          {"grid", std::move(grid)},
          {"multipliers", std::move(multipliers)}};
}

void print_study(const RewardSimulation& simulation, const Study& study) {
  fmt::print(
      "{} releases of {} people, {} histories; {:.0f} % cheat, {:.0f} % of them are found "
      "out\n\n",
      simulation.releases, simulation.people_a_release, simulation.repetitions,
      100 * simulation.fraud_share, 100 * simulation.detection);
  fmt::print("{:<18}{:>13}{:>14}{:>14}{:>20}{:>18}\n", "scheme", "honest mean", "cheater mean",
             "cheater gain", "budget to cheaters", "rare honest mean");
  for (const SchemeOutcome& scheme : study.schemes) {
    fmt::print("{:<18}{:>13.3f}{:>14.3f}{:>13.2f}x{:>18.1f} %{:>18.3f}\n", scheme.name,
               scheme.honest_mean, scheme.cheater_mean, scheme.cheater_gain,
               100 * scheme.budget_to_cheaters, scheme.rare_honest_mean);
  }
  fmt::print(
      "\nWhat a cheater gains, everyface / rarest-pays-most, by share of cheaters and how "
      "many are found out\n{:>10}",
      "");
  for (const double detection : kDetections) {
    fmt::print("{:>17}", fmt::format("{:.0f} % found out", 100 * detection));
  }
  fmt::print("\n");
  for (std::size_t row = 0; row < study.grid.size(); ++row) {
    fmt::print("{:>10}", fmt::format("{:.0f} %", 100 * kFraudShares[row]));
    for (const Point& point : study.grid[row]) {
      fmt::print("{:>17}", fmt::format("{:.2f} / {:.2f}", point.schemes[0].cheater_gain,
                                       point.schemes[1].cheater_gain));
    }
    fmt::print("\n");
  }
  fmt::print("\nBy the largest multiplier (everyface)\n{:>10}{:>14}{:>20}{:>18}\n", "most",
             "cheater gain", "budget to cheaters", "rare honest mean");
  for (const Point& point : study.multipliers) {
    const SchemeOutcome& ours = point.schemes.front();
    fmt::print("{:>10.0f}{:>13.2f}x{:>18.1f} %{:>18.3f}\n", point.value, ours.cheater_gain,
               100 * ours.budget_to_cheaters, ours.rare_honest_mean);
  }
}

}  // namespace

void add_admin_simulate_rewards(AdminGroup& admin) {
  CLI::App* command = admin.app().add_subcommand(
      "simulate-rewards", "What somebody gains who declares a rare group falsely");
  auto simulation = std::make_shared<RewardSimulation>();
  auto json = std::make_shared<bool>(false);
  command->add_option("--seed", simulation->seed, "Seed of everything random")
      ->capture_default_str();
  command->add_option("--fraud-share", simulation->fraud_share, "Share of people who cheat")
      ->check(number_in(0.0, 0.99))
      ->capture_default_str();
  command->add_option("--detection", simulation->detection, "Share of cheaters who are found out")
      ->check(number_in(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--releases", simulation->releases)
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--people", simulation->people_a_release, "People who come for each release")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command->add_option("--repetitions", simulation->repetitions, "Histories, averaged")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command->add_option("--most-multiplier", simulation->rules.most_multiplier)
      ->check(number_in(1.0, 100.0))
      ->capture_default_str();
  command->add_option("--prior-people", simulation->rules.prior_people)
      ->check(number_in(1.0, 1e6))
      ->capture_default_str();
  command->add_flag("--json", *json, "Answer with JSON on standard output");
  command->footer(
      "Needs no site. Rewards are in units of the mean reward of everybody.\n"
      "Examples:\n"
      "  everyface admin simulate-rewards --seed 1\n"
      "  everyface admin simulate-rewards --seed 1 --fraud-share 0.2 --detection 0 --json");
  command->callback([simulation, json, exit_code = &admin.exit_code()] {
    const auto done = study(*simulation);
    if (!done) {
      *exit_code = cannot_run(done.error());
      return;
    }
    if (*json) {
      fmt::print("{}\n", study_json(*simulation, *done).dump(1));
    } else {
      print_study(*simulation, *done);
    }
    *exit_code = kDone;
  });
}

}  // namespace everyface::cli
