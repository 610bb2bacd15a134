#include "everyface/commons/agreement.h"

#include <gtest/gtest.h>

#include "everyface/base/random.h"

namespace everyface {
namespace {

/// A reliability matrix: a string an observer, a character a unit, '.' where a value is missing.
std::vector<Rating> ratings_of(const std::vector<std::string>& matrix) {
  std::vector<Rating> ratings;
  for (std::size_t observer = 0; observer < matrix.size(); ++observer) {
    for (std::size_t unit = 0; unit < matrix[observer].size(); ++unit) {
      if (const char value = matrix[observer][unit]; value != '.') {
        ratings.push_back({std::to_string(unit), std::string(1, static_cast<char>('A' + observer)),
                           std::string(1, value)});
      }
    }
  }
  return ratings;
}

double alpha_of(const std::vector<std::string>& matrix) {
  return krippendorff_alpha(ratings_of(matrix)).alpha.value();
}

// The three nominal examples of Krippendorff 2011, with the alphas that it gives.

TEST(Agreement, TwoObserversAndBinaryValues) {
  EXPECT_NEAR(alpha_of({"0100000001",  //
                        "1110010000"}),
              0.095, 0.0005);
}

TEST(Agreement, TwoObserversAndFiveValues) {
  EXPECT_NEAR(alpha_of({"aabbdcccedda",  //
                        "babbbccceddd"}),
              0.692, 0.0005);
}

TEST(Agreement, FourObserversAndMissingValues) {
  EXPECT_NEAR(alpha_of({"123321412...",  //
                        "1233224125.3",  //
                        ".3332342251.",  //
                        "12332441251."}),
              0.743, 0.0005);
  EXPECT_EQ(krippendorff_alpha(ratings_of({"123321412...",  //
                                           "1233224125.3",  //
                                           ".3332342251.",  //
                                           "12332441251."}))
                .units,
            11U)
      << "the last unit was judged once";
}

// By hand. Units: (y y), (y n), (n n) of A and B. Values: y 3, n 3 of 6. Observed: 2 of 6
// judgements disagree with the other. Expected: 1 - (3·2 + 3·2) / (6·5) = 0.6. Alpha: 1 - (1/3) /
// 0.6 = 4/9.
TEST(Agreement, ByHand) { EXPECT_NEAR(alpha_of({"yyn", "ynn"}), 4.0 / 9, 1e-12); }

// C judges the second unit too, as A does: pairs of B disagree more than those of A. Values: y 4,
// n 3 of 7; expected 1 - (12 + 6) / 42 = 4/7. A: units 1 and 2, disagrees with 0 of 1, 1 of 2, 0 of
// 1: mean 1/6. B: 0, 1, 0: mean 1/3. C: 1/2.
TEST(Agreement, OfOneObserverByHand) {
  const auto by = krippendorff_alpha_by_observer(ratings_of({"yyn", "ynn", ".y."}));
  EXPECT_NEAR(by.at("A").alpha.value(), 1 - (1.0 / 6) / (4.0 / 7), 1e-12);
  EXPECT_NEAR(by.at("B").alpha.value(), 1 - (1.0 / 3) / (4.0 / 7), 1e-12);
  EXPECT_NEAR(by.at("C").alpha.value(), 1 - (1.0 / 2) / (4.0 / 7), 1e-12);
  EXPECT_EQ(by.at("A").units, 3U);
  EXPECT_EQ(by.at("C").units, 1U);
}

TEST(Agreement, FullAgreementIsOne) { EXPECT_EQ(alpha_of({"yn", "yn", "yn"}), 1); }

TEST(Agreement, SaysNothingWithoutSharedUnitsOrVariation) {
  EXPECT_FALSE(krippendorff_alpha({}).alpha);
  EXPECT_FALSE(krippendorff_alpha(ratings_of({"y.", ".n"})).alpha);
  EXPECT_FALSE(krippendorff_alpha(ratings_of({"yy", "yy"})).alpha);
  const auto by = krippendorff_alpha_by_observer(ratings_of({"yn.", "yn.", "..y"}));
  EXPECT_FALSE(by.at("C").alpha);
  EXPECT_EQ(by.at("C").units, 0U);
}

TEST(Agreement, OfAnObserversSeveralValuesTheLastCounts) {
  std::vector<Rating> ratings = ratings_of({"yn", "yn"});
  ratings.insert(ratings.begin(), {"0", "A", "n"});
  EXPECT_EQ(krippendorff_alpha(ratings).alpha, 1);
}

TEST(Agreement, TheMeanOfObserversWeightedByTheirUnitsIsTheWhole) {
  Random random(7);
  std::vector<Rating> ratings;
  for (int unit = 0; unit < 60; ++unit) {
    for (int observer = 0; observer < 5; ++observer) {
      if (random.uniform() < 0.5) {
        ratings.push_back(
            {std::to_string(unit), std::to_string(observer), random.uniform() < 0.7 ? "y" : "n"});
      }
    }
  }
  double sum = 0;
  double judgements = 0;
  for (const auto& [observer, own] : krippendorff_alpha_by_observer(ratings)) {
    sum += own.alpha.value() * static_cast<double>(own.units);
    judgements += static_cast<double>(own.units);
  }
  EXPECT_NEAR(sum / judgements, krippendorff_alpha(ratings).alpha.value(), 1e-12);
}

TEST(Agreement, OfRandomAnswersIsNearZero) {
  Random random(3);
  std::vector<Rating> ratings;
  for (int unit = 0; unit < 4000; ++unit) {
    for (int observer = 0; observer < 3; ++observer) {
      ratings.push_back(
          {std::to_string(unit), std::to_string(observer), random.uniform() < 0.8 ? "y" : "n"});
    }
  }
  EXPECT_NEAR(krippendorff_alpha(ratings).alpha.value(), 0, 0.03);
}

}  // namespace
}  // namespace everyface
