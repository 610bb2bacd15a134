#include "everyface/money/declared_shares.h"

#include <algorithm>
#include <cmath>

#include "everyface/base/hash.h"

namespace everyface {
namespace {

constexpr int kBets = 9;

/// In (0, 1], the same for everybody who asks about this declaration and group.
double uniform_of(const Uuid& declaration, const std::string& group) {
  const std::string digest = sha256_hex(declaration.text() + " " + group);
  constexpr std::size_t kDigits = 13;  // 52 bits, as a double holds
  const auto number = std::stoull(digest.substr(0, kDigits), nullptr, 16);
  return static_cast<double>(number + 1) / std::ldexp(1.0, 4 * static_cast<int>(kDigits));
}

bool declares(const DeclaredGroups& person, const std::string& group) {
  return std::find(person.groups.begin(), person.groups.end(), group) != person.groups.end();
}

/// The product of each bet, in logarithms.
class Martingale {
 public:
  void add(double p) {
    for (int bet = 0; bet < kBets; ++bet) {
      logs_[bet] += std::log(power(bet)) + (power(bet) - 1) * std::log(p);
    }
  }
  [[nodiscard]] double value() const {
    double sum = 0;
    for (const double log : logs_) {
      sum += std::exp(log);
    }
    return sum / kBets;
  }

 private:
  static double power(int bet) { return 0.1 * (bet + 1); }

  double logs_[kBets] = {};
};

ShareEvidence watch(const std::string& group, const std::vector<DeclaredGroups>& before,
                    const std::vector<DeclaredGroups>& since) {
  ShareEvidence evidence;
  evidence.before = static_cast<std::int64_t>(before.size());
  evidence.before_group = std::count_if(
      before.begin(), before.end(), [&](const auto& person) { return declares(person, group); });
  Martingale martingale;
  for (const DeclaredGroups& person : since) {
    const bool in_group = declares(person, group);
    ++evidence.since;
    evidence.since_group += in_group ? 1 : 0;
    const auto all = static_cast<double>(evidence.before + evidence.since);
    const auto alike = static_cast<double>(evidence.before_group + evidence.since_group);
    const double u = uniform_of(person.declaration, group);
    martingale.add((in_group ? u * alike : alike + u * (all - alike)) / all);
    evidence.most = std::max(evidence.most, martingale.value());
  }
  return evidence;
}

}  // namespace

std::map<std::string, ShareEvidence> watch_shares(const std::vector<std::string>& groups,
                                                  const std::vector<DeclaredGroups>& before,
                                                  const std::vector<DeclaredGroups>& since) {
  std::map<std::string, ShareEvidence> evidence;
  for (const std::string& group : groups) {
    evidence[group] = watch(group, before, since);
  }
  return evidence;
}

double alarm_threshold(double false_alarm_rate, std::size_t groups) {
  return static_cast<double>(std::max<std::size_t>(groups, 1)) / false_alarm_rate;
}

}  // namespace everyface
