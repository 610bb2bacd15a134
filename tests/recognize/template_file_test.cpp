#include "everyface/recognize/template_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "everyface/base/file.h"
#include "tests/testing.h"

namespace everyface {
namespace {

using ::testing::HasSubstr;

TemplateInfo info_of(std::size_t dimensions) {
  TemplateInfo info;
  info.model = "some-net";
  info.model_sha256 = std::string(64, 'a');
  info.flip = true;
  info.detector = "yunet";
  info.dimensions = dimensions;
  info.columns = {"name", "subject", "race"};
  return info;
}

std::vector<float> unit(std::size_t dimensions, std::size_t at) {
  std::vector<float> row(dimensions, 0);
  row[at % dimensions] = 1;
  return row;
}

std::filesystem::path write_some(const std::filesystem::path& folder, std::size_t count,
                                 std::size_t dimensions) {
  const auto path = folder / "some.templates";
  auto writer = TemplateWriter::create(path, info_of(dimensions));
  EXPECT_TRUE(writer);
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_TRUE(writer->add(unit(dimensions, i),
                            {"photo " + std::to_string(i), i % 2 == 0 ? "" : "Anna", "Black, \n"}));
  }
  EXPECT_TRUE(writer->finish());
  return path;
}

TEST(TemplateFile, ReadsBackWhatWasWritten) {
  const testing::TemporaryFolder folder;
  for (const std::size_t count : {0U, 1U, 7U}) {
    for (const std::size_t dimensions : {1U, 5U, 128U}) {
      const auto file = TemplateFile::open(write_some(folder.path(), count, dimensions));
      ASSERT_TRUE(file) << file.error().message;
      EXPECT_EQ(file->info().model, "some-net");
      EXPECT_EQ(file->info().model_sha256, std::string(64, 'a'));
      EXPECT_TRUE(file->info().flip);
      EXPECT_EQ(file->info().detector, "yunet");
      EXPECT_EQ(file->info().columns, (std::vector<std::string>{"name", "subject", "race"}));
      ASSERT_EQ(file->size(), count);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(file->rows().data()) % 64, 0U);
      for (std::size_t i = 0; i < count; ++i) {
        const auto row = file->row(i);
        EXPECT_EQ(std::vector<float>(row.begin(), row.end()), unit(dimensions, i));
        EXPECT_EQ(file->name(i), "photo " + std::to_string(i));
        EXPECT_EQ(file->value(1, i), i % 2 == 0 ? "" : "Anna");
        EXPECT_EQ(file->value(2, i), "Black, \n");
      }
    }
  }
}

TEST(TemplateFile, IsNotThereBeforeItIsFinished) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "new" / "x.templates";
  auto writer = TemplateWriter::create(path, info_of(3));
  ASSERT_TRUE(writer);
  EXPECT_TRUE(writer->add(unit(3, 0), {"a", "b", "c"}));
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_TRUE(writer->finish());
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path.parent_path()), {}), 1);
}

TEST(TemplateFile, RefusesRowsThatDoNotFit) {
  const testing::TemporaryFolder folder;
  auto writer = TemplateWriter::create(folder.path() / "x", info_of(3));
  ASSERT_TRUE(writer);
  EXPECT_FALSE(writer->add(unit(4, 0), {"a", "b", "c"}));
  EXPECT_FALSE(writer->add(unit(3, 0), {"a", "b"}));
  EXPECT_THAT(writer->add(std::vector<float>{1, 1, 0}, {"a", "b", "c"}).error().message,
              HasSubstr("template of a is not of unit length (1.414"));
  EXPECT_FALSE(writer->add(std::vector<float>{0, 0, NAN}, {"a", "b", "c"}));
  EXPECT_EQ(writer->size(), 0U);
}

TEST(TemplateFile, EveryTruncationAndEveryWrongHeaderIsAnError) {
  const testing::TemporaryFolder folder;
  const std::string whole = read_file(write_some(folder.path(), 3, 5)).value();
  const auto path = folder.path() / "broken";
  const auto problem = [&](const std::string& bytes) {
    EXPECT_TRUE(write_file_atomic(path, bytes));
    const auto file = TemplateFile::open(path);
    return file ? std::string("read") : file.error().message;
  };
  EXPECT_EQ(problem(whole), "read");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_THAT(problem(whole.substr(0, length)), HasSubstr("broken: ")) << length;
  }
  EXPECT_THAT(problem(whole + '\0'), HasSubstr("damaged"));
  std::string newer = whole;
  newer[8] = 2;
  EXPECT_THAT(problem(newer), HasSubstr("version 2"));
  for (std::size_t byte = 12; byte < 32; ++byte) {
    std::string large = whole;
    large[byte] = '\xFF';
    EXPECT_THAT(problem(large), HasSubstr("damaged")) << byte;
  }
  EXPECT_THAT(problem("GIF89a" + std::string(100, ' ')), HasSubstr("not a template file"));
  EXPECT_THAT(TemplateFile::open(folder.path() / "absent").error().message,
              HasSubstr("No such file"));
  EXPECT_THAT(TemplateFile::open(folder.path()).error().message, HasSubstr("not a file"));
}

TEST(TemplateFile, EveryColumnHasANameOfItsOwn) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(distinct_columns({"name", "sha256", "race"}), (Names{"name", "sha256", "race"}));
  const Names distinct = {"name", "sha256", "name_2", "score_2", "name_3", "name_2_2", "sha256_2"};
  EXPECT_EQ(distinct_columns({"name", "sha256", "name", "score", "name", "name_2", "sha256"}),
            distinct);
  EXPECT_EQ(distinct_columns(distinct), distinct);

  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "x";
  TemplateInfo info = info_of(3);
  info.columns = {"name", "a", "name"};
  auto writer = TemplateWriter::create(path, info);
  ASSERT_TRUE(writer->add(unit(3, 0), {"photo", "b", "Anna"}));
  ASSERT_TRUE(writer->finish());
  const std::string written = read_file(path).value();
  EXPECT_THAT(written, HasSubstr(R"(["name","a","name_2"])"));

  // As older programs wrote it, with as many bytes.
  std::string older = written;
  older.replace(older.find(R"("name_2"])"), 9, R"("name"]  )");
  ASSERT_TRUE(write_file_atomic(path, older));
  const auto file = TemplateFile::open(path);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->info().columns, (Names{"name", "a", "name_2"}));
  EXPECT_EQ(file->value(2, 0), "Anna");
}

TEST(TemplateInfo, OnlyTemplatesOfOneKindAreComparable) {
  TemplateInfo a = info_of(128);
  EXPECT_TRUE(check_comparable(a, a));
  TemplateInfo b = a;
  b.contract_sha256 = std::string(64, 'c');
  EXPECT_TRUE(check_comparable(a, b)) << "of an older file nothing is known";
  a.contract_sha256 = std::string(64, 'd');
  EXPECT_THAT(check_comparable(a, b).error().message, HasSubstr("differently prepared crops"));
  b.contract_sha256 = a.contract_sha256;
  b.model_sha256 = std::string(64, 'b');
  EXPECT_THAT(check_comparable(a, b).error().message, HasSubstr("cannot be compared"));
  b = a;
  b.flip = false;
  EXPECT_THAT(check_comparable(a, b).error().message, HasSubstr("flip"));
  b = a;
  b.detector = "retinaface";
  EXPECT_TRUE(check_comparable(a, b));
}

}  // namespace
}  // namespace everyface
