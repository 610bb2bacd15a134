#include "everyface/search/gallery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "everyface/base/file.h"
#include "everyface/search/flat_index.h"
#include "search/gallery_list.h"
#include "tests/search/support.h"
#include "tests/testing.h"

namespace everyface {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TemporaryFolder;

constexpr std::size_t kDimensions = 8;

TemplateInfo info_of(std::vector<std::string> columns = {"name", "sha256", "subject"}) {
  return {.model = "model",
          .model_sha256 = std::string(64, 'a'),
          .contract_sha256 = "",
          .flip = false,
          .detector = "yunet",
          .dimensions = kDimensions,
          .columns = std::move(columns)};
}

std::vector<float> template_of(std::size_t number) {
  std::vector<float> row(kDimensions);
  testing::fill_row(testing::Kind::kRandom, number, 1, row);
  return row;
}

GalleryWriter writer_of(const fs::path& folder, TemplateInfo info = info_of()) {
  auto writer = GalleryWriter::open(folder, std::move(info));
  EXPECT_TRUE(writer) << writer.error().message;
  return *std::move(writer);
}

/// Photo "p<number>" of subject "s<number / 2>".
void add(GalleryWriter& writer, std::size_t number) {
  const std::string digits = std::to_string(number);
  const auto added = writer.add(template_of(number),
                                {"p" + digits, "sum" + digits, "s" + std::to_string(number / 2)});
  ASSERT_TRUE(added) << added.error().message;
}

/// Enrols numbers first..last-1 and commits.
void enrol(const fs::path& folder, std::size_t first, std::size_t last) {
  GalleryWriter writer = writer_of(folder);
  for (std::size_t number = first; number < last; ++number) {
    add(writer, number);
  }
  ASSERT_TRUE(writer.commit());
}

/// Checks that the gallery is numbers 0..count-1.
void expect_whole(const fs::path& folder, std::size_t count) {
  const auto gallery = Gallery::open(folder);
  ASSERT_TRUE(gallery) << gallery.error().message;
  ASSERT_EQ(gallery->size(), count);
  for (std::size_t row = 0; row < count; ++row) {
    const auto expected = template_of(row);
    EXPECT_EQ(gallery->name(row), "p" + std::to_string(row));
    EXPECT_EQ(gallery->value(1, row), "sum" + std::to_string(row));
    EXPECT_EQ(gallery->value(2, row), "s" + std::to_string(row / 2));
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), gallery->row(row).begin()));
  }
}

std::vector<std::string> files_in(const fs::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    files.push_back(entry.path().filename().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST(Gallery, HoldsWhatWasCommitted) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "new" / "gallery";
  enrol(path, 0, 3);
  enrol(path, 3, 4);
  enrol(path, 4, 9);
  expect_whole(path, 9);
  EXPECT_EQ(Gallery::open(path)->segments(), 3U);
  EXPECT_EQ(Gallery::open(path)->info().columns, info_of().columns);
}

TEST(Gallery, IsNotThereBeforeTheFirstCommit) {
  const TemporaryFolder folder;
  {
    GalleryWriter writer = writer_of(folder.path());
    add(writer, 0);
  }
  EXPECT_THAT(Gallery::open(folder.path()).error().message, HasSubstr("is not a gallery"));
  enrol(folder.path(), 0, 2);  // finds, and removes, what was not committed
  expect_whole(folder.path(), 2);
  EXPECT_EQ(files_in(folder.path()).size(), 2U);
}

TEST(Gallery, SearchFindsRowsAcrossSegments) {
  const TemporaryFolder folder;
  enrol(folder.path(), 0, 70);
  enrol(folder.path(), 70, 200);
  const auto gallery = Gallery::open(folder.path());
  const auto index = FlatIndex::build(gallery->parts(), kDimensions);
  const auto found = index->search(template_of(130), {.count = 1});
  EXPECT_EQ(gallery->name(found->hits[0][0].row), "p130");
}

TEST(Gallery, KnowsWhoIsEnrolled) {
  const TemporaryFolder folder;
  enrol(folder.path(), 0, 3);
  GalleryWriter writer = writer_of(folder.path());
  add(writer, 3);
  for (const char* number : {"0", "2", "3"}) {
    const std::string name = std::string("p") + number;
    EXPECT_TRUE(writer.enrolled(name, std::string("sum") + number).value());
    EXPECT_THAT(writer.enrolled(name, "other").error().message, HasSubstr("something else"));
    EXPECT_FALSE(writer.add(template_of(1), {name, std::string("sum") + number, ""}));
  }
  EXPECT_FALSE(writer.enrolled("p4", "sum4").value());
  EXPECT_EQ(writer.size(), 3U);
  ASSERT_TRUE(writer.commit());
  EXPECT_TRUE(writer.enrolled("p3", "sum3").value());
  EXPECT_EQ(writer.size(), 4U);
  ASSERT_TRUE(writer.commit());  // nothing to do
  expect_whole(folder.path(), 4);
}

TEST(Gallery, JoinsColumnsOfItsSegments) {
  const TemporaryFolder folder;
  for (const auto& [number, column] : {std::pair{0, "race"}, std::pair{1, "age"}}) {
    TemplateInfo info = info_of({"name", "sha256", column});
    info.detector = column;
    GalleryWriter writer = writer_of(folder.path(), info);
    ASSERT_TRUE(writer.add(template_of(0), {"p" + std::to_string(number), "sum", column}));
    ASSERT_TRUE(writer.add(template_of(1), {"q" + std::to_string(number), "sum", ""}));
    ASSERT_TRUE(writer.commit());
  }
  for (const bool compacted : {false, true}) {
    if (compacted) {
      GalleryWriter writer = writer_of(folder.path());
      add(writer, 7);
      ASSERT_TRUE(writer.commit());
      ASSERT_TRUE(writer.compact());
    }
    const auto gallery = Gallery::open(folder.path()).value();
    const std::size_t race = 2;
    const std::size_t age = 3;
    EXPECT_EQ(gallery.info().columns[race], "race");
    EXPECT_EQ(gallery.info().columns[age], "age");
    EXPECT_EQ(gallery.info().detector, "");
    EXPECT_EQ(gallery.value(race, 0), "race");
    EXPECT_EQ(gallery.value(age, 0), "");
    EXPECT_EQ(gallery.value(race, 2), "");
    EXPECT_EQ(gallery.value(age, 2), "age");
  }
}

TEST(Gallery, FiltersByColumns) {
  const TemporaryFolder folder;
  enrol(folder.path(), 0, 5);
  enrol(folder.path(), 5, 9);
  const auto gallery = Gallery::open(folder.path()).value();
  const auto rows_of = [&](const std::vector<std::string>& conditions) {
    const RowSet set = gallery.where(conditions).value();
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < gallery.size(); ++row) {
      if (set.contains(row)) {
        rows.push_back(row);
      }
    }
    return rows;
  };
  EXPECT_THAT(rows_of({"subject=s2"}), ElementsAre(4, 5));
  EXPECT_THAT(rows_of({"subject=s2", "name=p5"}), ElementsAre(5));
  EXPECT_THAT(rows_of({"subject=nobody"}), ElementsAre());
  EXPECT_EQ(rows_of({}).size(), 9U);
  EXPECT_THAT(gallery.where({"subject"}).error().message, HasSubstr("column=value"));
  EXPECT_THAT(gallery.where({"subjcet=s1"}).error().message, HasSubstr("did you mean subject?"));
}

TEST(Gallery, CompactsToFewSegmentsThatHoldTheSame) {
  const TemporaryFolder folder;
  for (std::size_t number = 0; number < 40; ++number) {
    enrol(folder.path(), number, number + 1);
    GalleryWriter writer = writer_of(folder.path());
    ASSERT_TRUE(writer.compact());
    ASSERT_LE(Gallery::open(folder.path())->segments(), 6U);
  }
  expect_whole(folder.path(), 40);
  EXPECT_EQ(files_in(folder.path()).size(), 1 + Gallery::open(folder.path())->segments());
}

TEST(Gallery, StaysReadableWhileItIsCompacted) {
  const TemporaryFolder folder;
  enrol(folder.path(), 0, 2);
  enrol(folder.path(), 2, 9);
  const auto gallery = Gallery::open(folder.path()).value();
  ASSERT_TRUE(writer_of(folder.path()).compact());
  EXPECT_EQ(Gallery::open(folder.path())->segments(), 1U);
  EXPECT_EQ(gallery.name(1), "p1");
  EXPECT_EQ(gallery.row(8)[0], template_of(8)[0]);
}

TEST(Gallery, RefusesTemplatesOfAnotherModel) {
  const TemporaryFolder folder;
  enrol(folder.path(), 0, 2);
  TemplateInfo other = info_of();
  other.model_sha256 = std::string(64, 'b');
  EXPECT_THAT(GalleryWriter::open(folder.path(), other).error().message,
              HasSubstr("cannot be compared"));
  EXPECT_FALSE(GalleryWriter::open(folder.path(), info_of({"name", "subject"})));
}

TEST(Gallery, LetsOneWriterInAtATime) {
  const TemporaryFolder folder;
  {
    const GalleryWriter writer = writer_of(folder.path());
    EXPECT_THAT(GalleryWriter::open(folder.path(), info_of()).error().message,
                HasSubstr("another enrolment"));
  }
  EXPECT_TRUE(GalleryWriter::open(folder.path(), info_of()));
}

TEST(Gallery, LeavesAFolderWithOtherThingsAlone) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomic(folder.path() / "photo.jpg", "a photo"));
  EXPECT_THAT(GalleryWriter::open(folder.path(), info_of()).error().message,
              HasSubstr("holds other things (photo.jpg)"));
  EXPECT_THAT(files_in(folder.path()), ElementsAre("photo.jpg"));
}

TEST(Gallery, IgnoresAndThenRemovesLeftoversOfEveryStep) {
  const TemporaryFolder folder;
  enrol(folder.path(), 0, 4);
  const std::string segment = read_file(folder.path() / "segment-000001.templates").value();
  // Killed while writing a segment, while writing the list, between both, after compaction.
  for (const char* leftover : {"segment-000002.templates.writing", "gallery.json.tmp99-0",
                               "segment-000002.templates", "segment-000017.templates"}) {
    ASSERT_TRUE(write_file_atomic(folder.path() / leftover, segment));
  }
  ASSERT_TRUE(write_file_atomic(folder.path() / "notes.txt", "mine"));
  expect_whole(folder.path(), 4);
  enrol(folder.path(), 4, 6);
  expect_whole(folder.path(), 6);
  EXPECT_THAT(files_in(folder.path()),
              ElementsAre("gallery.json", "notes.txt", "segment-000001.templates",
                          "segment-000002.templates"));
}

/// Enrols for ever, saying so after each commit.
[[noreturn]] void enrol_until_killed(const fs::path& folder, int pipe) {
  for (;;) {
    auto writer = GalleryWriter::open(folder, info_of());
    if (!writer) {
      ::_exit(1);
    }
    const std::size_t first = writer->size();
    for (std::size_t number = first; number < first + 1 + first % 3; ++number) {
      const std::string digits = std::to_string(number);
      if (!writer->add(template_of(number),
                       {"p" + digits, "sum" + digits, "s" + std::to_string(number / 2)})) {
        ::_exit(1);
      }
    }
    if (!writer->commit() || ::write(pipe, ".", 1) != 1 || !writer->compact()) {
      ::_exit(1);
    }
  }
}

TEST(Gallery, SurvivesBeingKilled) {
  const TemporaryFolder folder;
  std::size_t known = 0;
  for (int round = 0; round < 20; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(pipe[0]);
      enrol_until_killed(folder.path(), pipe[1]);
    }
    ::close(pipe[1]);
    char said = 0;
    for (int commits = 0; commits <= round % 3; ++commits) {
      ASSERT_EQ(::read(pipe[0], &said, 1), 1);
      ++known;  // at least one template a commit
    }
    ::kill(child, SIGKILL);  // wherever it is by now
    int status = 0;
    ::waitpid(child, &status, 0);
    ::close(pipe[0]);
    ASSERT_TRUE(WIFSIGNALED(status));
    const auto gallery = Gallery::open(folder.path());
    ASSERT_TRUE(gallery) << gallery.error().message;
    ASSERT_GE(gallery->size(), known);
    expect_whole(folder.path(), gallery->size());
    known = gallery->size();
  }
}

/// While it lives, gallery.json cannot be written: a folder is in its place.
class ListInTheWay {
 public:
  explicit ListInTheWay(const fs::path& gallery)
      : list_(gallery / search::kGalleryList), aside_(gallery / "aside") {
    if (fs::exists(list_)) {
      fs::rename(list_, aside_);
    }
    fs::create_directory(list_);
  }
  ListInTheWay(const ListInTheWay&) = delete;
  ListInTheWay& operator=(const ListInTheWay&) = delete;
  ~ListInTheWay() {
    fs::remove(list_);
    if (fs::exists(aside_)) {
      fs::rename(aside_, list_);
    }
  }

 private:
  fs::path list_;
  fs::path aside_;
};

TEST(Gallery, KeepsWhatWasCommittedWhereTheListCannotBeWritten) {
  for (const std::size_t committed : {0U, 3U}) {
    const TemporaryFolder folder;
    if (committed > 0) {
      enrol(folder.path(), 0, committed);
    }
    {
      GalleryWriter writer = writer_of(folder.path());
      add(writer, committed);
      std::string problem;
      {
        const ListInTheWay in_the_way(folder.path());
        const auto refused = writer.commit();
        ASSERT_FALSE(refused);
        problem = refused.error().message;
      }
      EXPECT_THAT(problem, HasSubstr("gallery.json"));
      // The way is free again, but nothing is built on what failed.
      EXPECT_TRUE(writer.ended());
      EXPECT_EQ(writer.add(template_of(90), {"p90", "sum90", "s45"}).error().message, problem);
      EXPECT_EQ(writer.commit().error().message, problem);
      EXPECT_EQ(writer.compact().error().message, problem);
      EXPECT_EQ(writer.size(), committed);
    }
    if (committed > 0) {
      expect_whole(folder.path(), committed);
    }
    enrol(folder.path(), committed, committed + 5);  // the same again, and more
    expect_whole(folder.path(), committed + 5);
    EXPECT_FALSE(fs::exists(folder.path() / "segment-000003.templates"));
  }
}

TEST(Gallery, StaysWholeWhereItCannotBeCompacted) {
  const TemporaryFolder folder;
  enrol(folder.path(), 0, 2);
  enrol(folder.path(), 2, 9);
  GalleryWriter writer = writer_of(folder.path());
  {
    const ListInTheWay in_the_way(folder.path());
    EXPECT_FALSE(writer.compact());
  }
  EXPECT_TRUE(writer.ended());
  expect_whole(folder.path(), 9);
}

TEST(Gallery, KeepsColumnsWhoseNamesItUsesItself) {
  const TemporaryFolder folder;
  {
    GalleryWriter writer =
        writer_of(folder.path(), info_of({"name", "sha256", "name", "score", "sha256"}));
    ASSERT_TRUE(writer.add(template_of(0), {"p0", "sum0", "Anna", "7", "zzz"}));
    ASSERT_TRUE(writer.add(template_of(1), {"p1", "sum1", "Berta", "8", "yyy"}));
    ASSERT_TRUE(writer.commit());
  }
  const auto gallery = Gallery::open(folder.path()).value();
  EXPECT_THAT(gallery.info().columns,
              ElementsAre("name", "sha256", "name_2", "score_2", "sha256_2"));
  EXPECT_EQ(gallery.name(1), "p1");
  EXPECT_EQ(gallery.value(2, 1), "Berta");
  for (const char* condition : {"name=p1", "name_2=Berta", "score_2=8", "sha256_2=yyy"}) {
    const RowSet rows = gallery.where({condition}).value();
    EXPECT_TRUE(rows.contains(1)) << condition;
    EXPECT_FALSE(rows.contains(0)) << condition;
  }
}

TEST(Gallery, SaysWhatIsDamaged) {
  const TemporaryFolder folder;
  enrol(folder.path(), 0, 2);
  const fs::path list = folder.path() / "gallery.json";
  const std::string whole = read_file(list).value();
  const auto problem = [&](const std::string& text) {
    EXPECT_TRUE(write_file_atomic(list, text));
    const auto gallery = Gallery::open(folder.path());
    return gallery ? std::string("read") : gallery.error().message;
  };
  const auto listing = [](const std::string& segments) {
    return R"({"schema": "everyface.gallery/1", "segments": [)" + segments + "]}";
  };
  EXPECT_EQ(problem(whole), "read");
  EXPECT_THAT(problem("{"), HasSubstr("not the list of a gallery"));
  EXPECT_THAT(problem(R"({"schema": "everyface.gallery/2"})"), HasSubstr("schema"));
  EXPECT_THAT(problem(listing("")), HasSubstr("lists no segments"));
  EXPECT_THAT(problem(listing(R"({"file": "../x", "count": 2})")), HasSubstr("segment 1"));
  EXPECT_THAT(problem(listing(R"({"file": "segment-000001.templates", "count": -2})")),
              HasSubstr("needs a \"file\" and a \"count\""));
  EXPECT_THAT(problem(listing(R"({"file": "segment-000001.templates", "count": 3})")),
              HasSubstr("2 templates where gallery.json says 3"));
  EXPECT_THAT(problem(listing(R"({"file": "segment-000002.templates", "count": 3})")),
              HasSubstr("segment-000002.templates: No such file"));
  EXPECT_FALSE(GalleryWriter::open(folder.path(), info_of()));
  EXPECT_TRUE(fs::exists(folder.path() / "segment-000001.templates"));
}

TEST(GalleryList, NumbersSegments) {
  EXPECT_EQ(search::segment_file(12), "segment-000012.templates");
  EXPECT_EQ(search::segment_number("segment-000012.templates"), 12U);
  EXPECT_EQ(search::segment_number("segment-1234567.templates"), 1234567U);
  for (const char* other : {"segment-12.templates", "segment-0000012.templates", "gallery.json",
                            "segment-000012.templates.writing", "segment--00012.templates",
                            "segment-99999999999999999999.templates", "segment-", ""}) {
    EXPECT_FALSE(search::segment_number(other)) << other;
  }
}

}  // namespace
}  // namespace everyface
