#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "everyface/base/random.h"
#include "everyface/enhance/enhancer.h"
#include "tests/enhance/support.h"

namespace everyface {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string name_of(std::string_view text) {
  const auto chain = Chain::parse(text);
  return chain.ok() ? chain->name() : "error: " + chain.error().message;
}

std::string error_of(std::string_view text) {
  const auto chain = Chain::parse(text);
  return chain.ok() ? "no error: " + chain->name() : chain.error().message;
}

std::string list_error_of(std::string_view text) {
  const auto chains = parse_chains(text);
  return chains.ok() ? "no error" : chains.error().message;
}

TEST(Chain, NamesItselfInOneWay) {
  EXPECT_EQ(name_of("none"), "none");
  EXPECT_EQ(name_of("gaussian+gain"), "gaussian+gain");
  EXPECT_EQ(name_of(" gaussian ( sigma = 3.50 )\t+ gain( ) "), "gaussian(sigma=3.5)+gain");
  EXPECT_EQ(name_of("nlm+gain(percentile=50)"), "nlm+gain(percentile=50)");
}

TEST(Chain, LeavesOutParametersAtTheirDefaults) {
  EXPECT_EQ(name_of("gaussian(sigma=2.5)"), "gaussian");
  EXPECT_EQ(name_of("gain(factor=auto)"), "gain");
  EXPECT_EQ(name_of("clahe(tiles=8,clip=3)"), "clahe(clip=3)");
}

TEST(Chain, PutsParametersInTheOrderOfTheMethod) {
  EXPECT_EQ(name_of("gain(target=90,percentile=50)"), "gain(percentile=50,target=90)");
}

TEST(Chain, WritesTheShortestNumber) {
  EXPECT_EQ(name_of("gain(factor=8.000)"), "gain(factor=8)");
  EXPECT_EQ(name_of("gain(factor=1e2)"), "gain(factor=100)");
  EXPECT_EQ(name_of("gain(factor=+0.10)"), "gain(factor=0.1)");
  EXPECT_EQ(name_of("gain(factor=-0)"), "gain(factor=0)");
}

TEST(Chain, ParsesItsOwnNameToItself) {
  for (const Method& method : enhancement_methods()) {
    std::string text = method.name;
    EXPECT_EQ(name_of(text), text);
    for (const Parameter& parameter : method.parameters) {
      text =
          name_of(method.name + "(" + parameter.name + "=" + std::to_string(parameter.high) + ")");
      EXPECT_EQ(name_of(text), text);
      EXPECT_THAT(text, HasSubstr(parameter.name + "="));
    }
  }
}

TEST(Chain, RefusesAnEmptyTextAndEmptyParts) {
  EXPECT_THAT(error_of(""), HasSubstr("empty"));
  EXPECT_THAT(error_of(" \t"), HasSubstr("empty"));
  EXPECT_THAT(error_of("gain+"), HasSubstr("name is missing"));
  EXPECT_THAT(error_of("+gain"), HasSubstr("name is missing"));
  EXPECT_THAT(error_of("gain++none"), HasSubstr("name is missing"));
  EXPECT_THAT(error_of("(factor=8)"), HasSubstr("name is missing"));
}

TEST(Chain, NamesTheNearestMethodAndParameter) {
  EXPECT_THAT(error_of("gian"), AllOf(HasSubstr("'gian'"), HasSubstr("did you mean 'gain'?")));
  EXPECT_THAT(error_of("Gain"), HasSubstr("did you mean 'gain'?"));
  EXPECT_THAT(error_of("gain(fctor=8)"),
              AllOf(HasSubstr("'fctor'"), HasSubstr("did you mean 'factor'?")));
  EXPECT_THAT(error_of("xyzxyzxyz"), HasSubstr("known are none, gain, gaussian"));
  EXPECT_THAT(error_of("gaussian(zzzzzzzzz=1)"), HasSubstr("known are sigma"));
}

TEST(Chain, RefusesValuesThatAreNoneOrOutOfRange) {
  EXPECT_THAT(error_of("gain(factor=)"), HasSubstr("factor='' is not a number from 0 to 1000"));
  EXPECT_THAT(error_of("gain(factor=8x)"), HasSubstr("'8x'"));
  EXPECT_THAT(error_of("gain(factor=nan)"), HasSubstr("or auto"));
  EXPECT_THAT(error_of("gain(factor=inf)"), HasSubstr("is not a number"));
  EXPECT_THAT(error_of("gain(factor=-1)"), HasSubstr("from 0 to 1000"));
  EXPECT_THAT(error_of("gaussian(sigma=100.1)"), HasSubstr("from 0 to 100"));
  EXPECT_THAT(error_of("gaussian(sigma=auto)"), HasSubstr("is not a number"));
  EXPECT_THAT(error_of("clahe(tiles=2.5)"), HasSubstr("a whole number from 1 to 64"));
}

TEST(Chain, RefusesParametersWithoutNameOrTwice) {
  EXPECT_THAT(error_of("gain(8)"), AllOf(HasSubstr("'8' is not name=value"), HasSubstr("factor")));
  EXPECT_THAT(error_of("gain(factor=8,)"), HasSubstr("'' is not name=value"));
  EXPECT_THAT(error_of("gain(factor=8,factor=8)"), HasSubstr("factor is given twice"));
  EXPECT_THAT(error_of("none(x=1)"), HasSubstr("none takes no parameters"));
}

TEST(Chain, PointsAtParenthesesWithoutPartner) {
  EXPECT_THAT(error_of("gain(factor=8"), HasSubstr("parenthesis at character 5 is never closed"));
  EXPECT_THAT(error_of("gain)"), HasSubstr("parenthesis at character 5 closes none"));
  EXPECT_THAT(error_of("gain((factor=8))"), HasSubstr("parenthesis at character 6 stands inside"));
  EXPECT_THAT(error_of("gain(factor=8)x"), HasSubstr("'x' follows gain(…)"));
  EXPECT_THAT(error_of("gain()()"), HasSubstr("'()' follows gain(…)"));
}

TEST(Chain, DoesNotSplitAtAPlusInsideParentheses) {
  EXPECT_EQ(name_of("gain(factor=1e+1)+none"), "gain(factor=10)+none");
}

TEST(ChainList, SplitsAtCommasOutsideParentheses) {
  const auto chains = parse_chains(" none, gaussian(sigma=1)+gain ,gain(max=8,target=60)");
  ASSERT_TRUE(chains.ok());
  ASSERT_EQ(chains->size(), 3U);
  EXPECT_EQ((*chains)[0].name(), "none");
  EXPECT_EQ((*chains)[1].name(), "gaussian(sigma=1)+gain");
  EXPECT_EQ((*chains)[2].name(), "gain(target=60,max=8)");
}

TEST(ChainList, RefusesEmptyPartsAndDuplicates) {
  EXPECT_THAT(list_error_of(""), HasSubstr("empty"));
  EXPECT_THAT(list_error_of("none,,gain"), HasSubstr("chain 2 of the list is empty"));
  EXPECT_THAT(list_error_of("none,"), HasSubstr("chain 2 of the list is empty"));
  EXPECT_THAT(list_error_of(",none"), HasSubstr("chain 1 of the list is empty"));
  EXPECT_THAT(list_error_of("gain,gain(factor=auto)"), HasSubstr("gain twice"));
  EXPECT_THAT(list_error_of("none,gain(factor=8,none"), HasSubstr("character 10 is never closed"));
}

TEST(Chain, AnswersArbitraryBytesWithAnErrorOfOneLine) {
  Random random(7);
  const std::string alphabet =
      "gain(factor=8),+ nlm\x01\xff\xc3\n\0."
      "0123e-";
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    const std::uint64_t length = random.below(40);
    for (std::uint64_t i = 0; i < length; ++i) {
      text += alphabet[random.below(alphabet.size())];
    }
    const std::string message = error_of(text);
    EXPECT_EQ(message.find('\n'), std::string::npos);
    list_error_of(text);
  }
  EXPECT_THAT(error_of(std::string(100000, 'x')), HasSubstr("no method is called"));
  EXPECT_LT(error_of(std::string(100000, 'x')).size(), 600U);
  EXPECT_THAT(error_of(std::string(100000, '(')), HasSubstr("stands inside"));
}

TEST(Methods, StandInTheOrderOfTheDocumentation) {
  const std::vector<std::string> order = {
      "none",         "gain",      "gaussian",      "gamma",
      "clahe",        "histeq",    "retinex",       "lime",
      "nlm",          "bilateral", "wavelet",       "pil-brightness",
      "pil-contrast", "pil-color", "pil-sharpness", "pil-autocontrast",
      "pil-equalize"};
  ASSERT_GE(enhancement_methods().size(), order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    EXPECT_EQ(enhancement_methods()[i].name, order[i]);
  }
}

TEST(Methods, HaveTextsAndDefaultsWithinTheirRanges) {
  for (const Method& method : enhancement_methods()) {
    EXPECT_FALSE(method.summary.empty()) << method.name;
    EXPECT_NE(method.make, nullptr);
    for (const Parameter& parameter : method.parameters) {
      EXPECT_FALSE(parameter.meaning.empty()) << method.name << " " << parameter.name;
      EXPECT_LT(parameter.low, parameter.high);
      EXPECT_FALSE(parameter.fallback < parameter.low || parameter.fallback > parameter.high);
    }
  }
}

TEST(Chain, MakesOneEnhancerForEachMethod) {
  const auto chain = Chain::parse("none+gain(factor=2)+gamma");
  ASSERT_TRUE(chain.ok());
  EXPECT_TRUE(chain->models().empty());
  const testing::TemporaryFolder empty;
  const auto models = ModelRegistry::open(empty.path(), "");
  ASSERT_TRUE(models.ok());
  const auto methods = chain->make(*models);
  ASSERT_TRUE(methods.ok());
  EXPECT_EQ(methods->size(), 3U);
}

}  // namespace
}  // namespace everyface
