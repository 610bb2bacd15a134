#include "everyface/dataset/pairs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "everyface/base/file.h"
#include "tests/testing.h"

namespace everyface {
namespace {

using ::testing::HasSubstr;

class PairsTest : public ::testing::Test {
 protected:
  PairsTest() {
    for (const char* name : {"image/Anna/Anna_0001.jpg", "image/Anna/Anna_0002.jpg",
                             "image/Bo/Bo_0001.png", "image/Cy/Cy_0012.jpg"}) {
      data_.records.emplace_back().name = name;
    }
  }

  Result<std::vector<RecordPair>> read(const std::string& text) {
    EXPECT_TRUE(write_file_atomic(folder_.path() / "pairs", text));
    return read_pairs(folder_.path() / "pairs", data_);
  }
  std::string problem(const std::string& text) {
    const auto pairs = read(text);
    return pairs ? "accepted" : pairs.error().message;
  }

  testing::TemporaryFolder folder_;
  Dataset data_;
};

TEST_F(PairsTest, ReadsLfwFolds) {
  const auto pairs = read("2\t1\nAnna\t1\t2\nAnna\t1\tBo\t1\r\nAnna\t2\t1\nCy\t12\tBo\t1\n");
  ASSERT_TRUE(pairs) << pairs.error().message;
  ASSERT_EQ(pairs->size(), 4U);
  EXPECT_EQ((*pairs)[0].first, 0U);
  EXPECT_EQ((*pairs)[0].second, 1U);
  EXPECT_EQ((*pairs)[0].mated, true);
  EXPECT_EQ((*pairs)[0].fold, 0U);
  EXPECT_EQ((*pairs)[1].mated, false);
  EXPECT_EQ((*pairs)[1].second, 2U);
  EXPECT_EQ((*pairs)[2].fold, 1U);
  EXPECT_EQ((*pairs)[3].first, 3U);
}

TEST_F(PairsTest, ReadsLfwListsWithoutFolds) {
  const auto pairs = read("1\nAnna\t1\t2\nAnna\t1\tBo\t1\n");
  ASSERT_TRUE(pairs);
  EXPECT_EQ(pairs->size(), 2U);
  EXPECT_FALSE((*pairs)[0].fold);
}

TEST_F(PairsTest, ReadsCsv) {
  const auto pairs = read(
      "fold,second,first,mated\n1,image/Bo/Bo_0001.png,image/Anna/Anna_0001.jpg,0\n"
      ",image/Anna/Anna_0002.jpg,image/Anna/Anna_0001.jpg,\n");
  ASSERT_TRUE(pairs) << pairs.error().message;
  ASSERT_EQ(pairs->size(), 2U);
  EXPECT_EQ((*pairs)[0].first, 0U);
  EXPECT_EQ((*pairs)[0].second, 2U);
  EXPECT_EQ((*pairs)[0].mated, false);
  EXPECT_EQ((*pairs)[0].fold, 0U);
  EXPECT_FALSE((*pairs)[1].mated);
  EXPECT_FALSE((*pairs)[1].fold);
}

TEST_F(PairsTest, NumbersFoldsWithoutGaps) {
  const auto pairs = read(
      "first,second,mated,fold\nimage/Bo/Bo_0001.png,image/Anna/Anna_0001.jpg,0,2000000000\n"
      "image/Anna/Anna_0002.jpg,image/Anna/Anna_0001.jpg,1,10\n");
  ASSERT_TRUE(pairs) << pairs.error().message;
  EXPECT_EQ((*pairs)[0].fold, 1U);
  EXPECT_EQ((*pairs)[1].fold, 0U);
}

TEST_F(PairsTest, NamesTheLineThatIsWrong) {
  EXPECT_THAT(problem("1\t1\nAnna\t1\t2\nAnna\t1\tBo\t7\n"),
              AllOf(HasSubstr("line 3"), HasSubstr("no photo \"Bo/Bo_0007\"")));
  EXPECT_THAT(problem("1\t1\nAnna\t1\t2\n"), HasSubstr("1 pairs where line 1 says 2"));
  EXPECT_THAT(problem("1\t1\nAnna\t1\tBo\t1\nAnna\t1\t2\n"),
              HasSubstr("pairs of one person first"));
  EXPECT_THAT(problem("1\t1\nAnna\t1\t1\nAnna\t1\tBo\t1\n"), HasSubstr("beside itself"));
  EXPECT_THAT(problem("1\t1\nAnna\tx\t1\nAnna\t1\tBo\t1\n"), HasSubstr("\"x\" is not the number"));
  EXPECT_THAT(problem("1\t1\nAnna\nAnna\t1\tBo\t1\n"), HasSubstr("should be \"person n m\""));
  EXPECT_THAT(problem("0\t1\n"), HasSubstr("FOLDS PAIRS"));
  EXPECT_THAT(problem("1 2 3\n"), HasSubstr("FOLDS PAIRS"));
  EXPECT_THAT(problem("\n \n"), HasSubstr("holds no pairs"));
  EXPECT_THAT(problem("a,b\n"), HasSubstr("first, second"));
  EXPECT_THAT(problem("\"\"\n"), HasSubstr("first, second"));
  EXPECT_THAT(problem("first,second\nimage/Bo/Bo_0001.png\n"),
              AllOf(HasSubstr("line 2"), HasSubstr("1 fields under 2")));
  EXPECT_THAT(problem("first,second,mated\nimage/Bo/Bo_0001.png,image/Cy/Cy_0012.jpg,yes\n"),
              HasSubstr("mated \"yes\" is not 1 or 0"));
  EXPECT_THAT(problem("first,second,fold\nimage/Bo/Bo_0001.png,image/Cy/Cy_0012.jpg,0\n"),
              HasSubstr("fold \"0\""));
}

TEST_F(PairsTest, ReadsTheSharedList) {
  EVERYFACE_NEEDS_SHARED("data/lfw/pairs.txt");
  const auto data = open_dataset("lfw", testing::shared_folder() / "data/lfw");
  ASSERT_TRUE(data);
  const auto pairs = read_pairs(testing::shared_folder() / "data/lfw/pairs.txt", *data);
  ASSERT_TRUE(pairs) << pairs.error().message;
  EXPECT_EQ(pairs->size(), 1800U);
  for (const RecordPair& pair : *pairs) {
    EXPECT_EQ(*pair.mated, data->records[pair.first].faces[0].subject ==
                               data->records[pair.second].faces[0].subject);
  }
}

}  // namespace
}  // namespace everyface
