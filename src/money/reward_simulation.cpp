#include "everyface/money/reward_simulation.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "everyface/base/random.h"

namespace everyface {
namespace {

constexpr std::int64_t kPoolPerPerson = 10'000;  // smallest units: enough that rounding is nothing
constexpr int kMostPhotos = 5;

struct Person {
  bool cheats = false;
  bool found_out = false;
  std::size_t group = 0;  ///< the true one
  std::size_t declared = 0;
  int photos = 1;
};

std::string name_of(std::size_t group) { return "g" + std::to_string(group); }

/// People of one scheme; what they declare depends on what the data holds.
using Weigh = std::function<std::vector<double>(const std::vector<std::int64_t>& so_far)>;

class History {
 public:
  History(const RewardSimulation& simulation, Weigh weigh, double most_share)
      : simulation_(simulation),
        weigh_(std::move(weigh)),
        most_share_(most_share),
        so_far_(simulation.group_shares.size(), 0) {}

  void run(Random& rng) {
    for (int release = 0; release < simulation_.releases; ++release) {
      std::vector<Person> people;
      people.reserve(static_cast<std::size_t>(simulation_.people_a_release));
      const std::size_t rarest = static_cast<std::size_t>(
          std::min_element(so_far_.begin(), so_far_.end()) - so_far_.begin());
      for (int i = 0; i < simulation_.people_a_release; ++i) {
        people.push_back(arrive(rng, rarest));
      }
      pay(people);
    }
  }

  [[nodiscard]] SchemeOutcome outcome(const std::string& name) const {
    const double all = honest_ + cheated_;
    const double people = honest_people_ + cheaters_;
    const auto mean = [](double sum, double count) { return count > 0 ? sum / count : 0; };
    const double unit = mean(all, people);
    SchemeOutcome outcome{
        name,           mean(honest_, honest_people_) / unit, mean(cheated_, cheaters_) / unit, 0,
        cheated_ / all, mean(rare_, rare_people_) / unit};
    outcome.cheater_gain = outcome.cheater_mean / outcome.honest_mean;
    return outcome;
  }

  /// Another history begins with no data.
  void forget_data() { std::fill(so_far_.begin(), so_far_.end(), 0); }

 private:
  [[nodiscard]] Person arrive(Random& rng, std::size_t rarest) const {
    Person person;
    person.cheats = rng.uniform() < simulation_.fraud_share;
    double at = rng.uniform();
    for (const double share : simulation_.group_shares) {
      if (at < share || person.group + 1 == simulation_.group_shares.size()) {
        break;
      }
      at -= share;
      ++person.group;
    }
    person.declared = person.cheats ? rarest : person.group;
    person.found_out = rng.uniform() < simulation_.detection && person.cheats;
    person.photos = 1 + static_cast<int>(rng.uniform() * kMostPhotos);
    return person;
  }

  void pay(const std::vector<Person>& people) {
    const std::vector<double> weights = weigh_(so_far_);
    std::vector<double> parts;
    parts.reserve(people.size());
    for (const Person& person : people) {
      parts.push_back(person.found_out ? 0 : weights[person.declared] * person.photos);
    }
    const auto amounts =
        split_pool(kPoolPerPerson * static_cast<std::int64_t>(people.size()), parts, most_share_);
    for (std::size_t i = 0; i < people.size(); ++i) {
      const Person& person = people[i];
      const auto amount = static_cast<double>(amounts[i]);
      (person.cheats ? cheated_ : honest_) += amount;
      (person.cheats ? cheaters_ : honest_people_) += 1;
      if (!person.cheats && person.group + 1 == so_far_.size()) {
        rare_ += amount;
        rare_people_ += 1;
      }
      if (!person.found_out) {
        ++so_far_[person.declared];
      }
    }
  }

  const RewardSimulation& simulation_;
  Weigh weigh_;
  double most_share_;
  std::vector<std::int64_t> so_far_;  ///< people by declared group
  double honest_ = 0;
  double cheated_ = 0;
  double rare_ = 0;
  double honest_people_ = 0;
  double cheaters_ = 0;
  double rare_people_ = 0;
};

Weigh everyface_weights(const RewardRules& rules, std::size_t groups) {
  RewardRules even = rules;
  even.targets.clear();
  for (std::size_t group = 0; group < groups; ++group) {
    even.targets[name_of(group)] = 1;
  }
  return [even = std::move(even)](const std::vector<std::int64_t>& so_far) {
    GroupCounts counts;
    for (std::size_t group = 0; group < so_far.size(); ++group) {
      counts.people[name_of(group)] = so_far[group];
      counts.total += so_far[group];
    }
    const auto by_name = group_weights(even, counts);
    std::vector<double> weights;
    weights.reserve(so_far.size());
    for (std::size_t group = 0; group < so_far.size(); ++group) {
      weights.push_back(by_name.at(name_of(group)));
    }
    return weights;
  };
}

std::vector<double> rarest_weights(const std::vector<std::int64_t>& so_far) {
  const auto total = std::accumulate(so_far.begin(), so_far.end(), std::int64_t{0});
  const double target = 1.0 / static_cast<double>(so_far.size());
  std::vector<double> weights;
  for (const std::int64_t people : so_far) {
    // A group without anybody pays as if it had one: its share would divide by zero.
    const double share = static_cast<double>(std::max<std::int64_t>(people, 1)) /
                         static_cast<double>(std::max<std::int64_t>(total, 1));
    weights.push_back(target / share);
  }
  return weights;
}

Result<void> check(const RewardSimulation& simulation) {
  if (auto rules = check_reward_rules(simulation.rules); !rules) {
    return rules;
  }
  const auto in_range = [](double share) { return share >= 0 && share < 1; };
  if (!in_range(simulation.fraud_share) ||
      !(simulation.detection >= 0 && simulation.detection <= 1)) {
    return Error{"fraud_share must be from 0 to below 1, detection from 0 to 1"};
  }
  if (simulation.releases < 1 || simulation.people_a_release < 1 || simulation.repetitions < 1) {
    return Error{"releases, people and repetitions must be at least 1"};
  }
  if (simulation.group_shares.size() < 2) {
    return Error{"there must be at least two groups"};
  }
  return {};
}

}  // namespace

Result<std::vector<SchemeOutcome>> simulate_rewards(const RewardSimulation& simulation) {
  if (auto good = check(simulation); !good) {
    return good.error();
  }
  History ours(simulation, everyface_weights(simulation.rules, simulation.group_shares.size()),
               simulation.rules.most_share);
  History rarest(simulation, rarest_weights, 1);
  for (int repetition = 0; repetition < simulation.repetitions; ++repetition) {
    const std::uint64_t seed = simulation.seed * 1'000'003 + static_cast<std::uint64_t>(repetition);
    for (History* history : {&ours, &rarest}) {
      Random rng(seed);  // the same people come
      history->forget_data();
      history->run(rng);
    }
  }
  return std::vector{ours.outcome("everyface"), rarest.outcome("rarest-pays-most")};
}

}  // namespace everyface
