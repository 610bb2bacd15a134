// The files of a release, as visitors get them.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <set>

#include "everyface/base/hash.h"
#include "everyface/commons/release_verify.h"
#include "everyface/dataset/dataset.h"
#include "tests/commons/releases_fixture.h"
#include "tests/commons/unpack.h"

namespace everyface {
namespace {

namespace fs = std::filesystem;
using testing::code_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::House;
using ::testing::IsEmpty;
using testing::must;
using ::testing::Not;
using ::testing::SizeIs;

class ReleaseContentTest : public testing::OnEveryDatabaseWithReleases {
 protected:
  /// Whether a shell command succeeds in a folder.
  static bool shell(const fs::path& in, const std::string& command) {
    return std::system(("cd '" + in.string() + "' && " + command + " >/dev/null 2>&1").c_str()) ==
           0;
  }
};
EVERYFACE_ON_EVERY_DATABASE(ReleaseContentTest);

TEST_P(ReleaseContentTest, HoldsEveryFileSignedAndWhole) {
  House house(open(), folder());
  const Uuid ada = house.contributor({"black", "roma"});
  for (int i = 0; i < 4; ++i) {
    house.approved(ada, i);
  }
  const Release release = cut(house);
  EXPECT_THAT(
      names_of(release),
      ElementsAre("LICENSE.txt", "SHA256SUMS", "SHA256SUMS.sig", "counts.csv", "croissant.json",
                  "datasheet.md", "metadata.csv", "test-faces-1.0-000000.tar",
                  "test-faces-1.0-000001.tar", "test-faces-1.0.zip", "tombstones.json"));
  must(house.releases.verify(release.version));
  const fs::path files = download(house, release.version);
  const ReleaseCheck check = must(verify_release(files, house.releases.public_key()));
  EXPECT_TRUE(check.intact());
  EXPECT_EQ(check.files, 9U);
  EXPECT_THAT(check.missing, IsEmpty());
  for (const ReleaseFile& file : release.files) {
    EXPECT_EQ(static_cast<std::int64_t>(fs::file_size(files / file.name)), file.bytes);
    EXPECT_EQ(sha256_file(files / file.name).value(), file.sha256);
  }
}

TEST_P(ReleaseContentTest, CanBeCheckedWithoutThisProgram) {
  House house(open(), folder());
  house.approved(house.contributor(), 1);
  const fs::path files = download(house, cut(house).version);
  must(write_file_atomic(files / "key.pem", house.releases.public_key()));
  EXPECT_TRUE(shell(files, "sha256sum -c SHA256SUMS"));
  const std::string openssl =
      "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig";
  EXPECT_TRUE(shell(files, openssl));
  std::ofstream(files / "SHA256SUMS", std::ios::app) << "\n";
  EXPECT_FALSE(shell(files, openssl));
}

TEST_P(ReleaseContentTest, DamageAndForgeryAreFound) {
  House house(open(), folder());
  house.approved(house.contributor(), 1);
  const Release release = cut(house);
  const fs::path files = download(house, release.version);
  const std::string key = house.releases.public_key();
  fs::remove(files / "datasheet.md");
  EXPECT_THAT(must(verify_release(files, key)).missing, ElementsAre("datasheet.md"));
  EXPECT_TRUE(must(verify_release(files, key)).intact()) << "what is there is whole";
  std::ofstream(files / "metadata.csv", std::ios::app) << "x";
  EXPECT_THAT(must(verify_release(files, key)).damaged, ElementsAre("metadata.csv"));
  EXPECT_FALSE(must(verify_release(files, key)).intact());
  must(ReleaseKey::create_file(folder() / "other.pem"));
  const std::string other = must(ReleaseKey::open(folder() / "other.pem")).public_pem();
  EXPECT_THAT(verify_release(files, other).error().message, HasSubstr("not of this key"));
  EXPECT_FALSE(verify_release(folder() / "nothing-here", key).ok());
  // In the blob store.
  const std::string blob = must(house.releases.file(release.version, "counts.csv")).blob_key;
  must(house.blobs->put(blob, "forged"));
  const auto damaged = house.releases.verify(release.version);
  EXPECT_EQ(code_of(damaged), "damaged");
  EXPECT_THAT(damaged.error().message, HasSubstr("counts.csv"));
}

TEST_P(ReleaseContentTest, TheZipUnpacksToADataSetThatStudiesRead) {
  House house(open(), folder(), {.smallest_count = 1});
  const Uuid ada = house.contributor({"black", "roma"}, "woman");
  const Uuid ben = house.contributor({"undisclosed"}, "undisclosed");
  house.approved(ada, 1);
  house.approved(ada, 2);
  house.approved(ben, 3);
  const fs::path files = download(house, cut(house).version);
  testing::unpack(files / "test-faces-1.0.zip", folder());
  const fs::path data = folder() / "test-faces-1.0";
  EXPECT_TRUE(must(verify_release(data, house.releases.public_key())).intact());
  const auto read = open_dataset("csv", data / "metadata.csv");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_THAT(read->problems, IsEmpty());
  EXPECT_THAT(read->group_names, ElementsAre("group", "gender", "age_band", "country"));
  ASSERT_THAT(read->records, SizeIs(3));
  std::map<std::string, int> photos_of;
  for (const Record& record : read->records) {
    EXPECT_EQ(record.error, "");
    ASSERT_THAT(record.faces, SizeIs(1));
    EXPECT_EQ(record.faces[0].box->x1, 24);
    EXPECT_EQ(record.faces[0].box->y2, 80);
    EXPECT_FALSE(cv::imread(record.file.string()).empty());
    const std::string subject = record.faces[0].subject.value();
    ++photos_of[subject];
    EXPECT_NE(subject, ada.text());
    EXPECT_EQ(subject.size(), 16U);
    if (record.faces[0].groups.contains("group")) {
      EXPECT_EQ(record.faces[0].groups.at("group"), "black;roma");
      EXPECT_EQ(record.faces[0].groups.at("gender"), "woman");
    } else {
      EXPECT_FALSE(record.faces[0].groups.contains("gender")) << "prefers not to say";
    }
    EXPECT_EQ(record.faces[0].groups.at("country"), "KE");
  }
  ASSERT_THAT(photos_of, SizeIs(2));
  EXPECT_EQ(photos_of.begin()->second + photos_of.rbegin()->second, 3);
}

TEST_P(ReleaseContentTest, ShardsAreWebDatasets) {
  House house(open(), folder());
  const Uuid ada = house.contributor();
  for (int i = 0; i < 5; ++i) {
    house.approved(ada, i);
  }
  const Release release = cut(house);
  const fs::path files = download(house, release.version);
  std::size_t samples = 0;
  for (const ReleaseFile& file : release.files) {
    if (!file.name.ends_with(".tar")) {
      continue;
    }
    const auto inside = testing::unpacked(files / file.name);
    ASSERT_EQ(inside.size() % 2, 0U);
    for (std::size_t i = 0; i < inside.size(); i += 2) {
      const fs::path jpeg = inside[i].name;
      const fs::path json = inside[i + 1].name;
      EXPECT_EQ(jpeg.extension(), ".jpg");
      EXPECT_EQ(json.extension(), ".json");
      EXPECT_EQ(jpeg.stem(), json.stem()) << "the two of a sample follow each other";
      EXPECT_EQ(jpeg.stem().string().find('.'), std::string::npos);
      EXPECT_EQ(nlohmann::json::parse(inside[i + 1].content)["group"], "black");
      ++samples;
    }
  }
  EXPECT_EQ(samples, 5U);
}

TEST_P(ReleaseContentTest, CountsOfFewPeopleAreNotPublished) {
  House house(open(), folder(), {.smallest_count = 2});
  for (int i = 0; i < 3; ++i) {
    house.approved(house.contributor({"black"}), i);
  }
  for (int i = 3; i < 6; ++i) {
    house.approved(house.contributor({"south-asian"}), i);
  }
  house.approved(house.contributor({"roma"}), 6);
  const auto counts = read_file(download(house, cut(house).version) / "counts.csv").value();
  EXPECT_THAT(counts, HasSubstr("\nall,,,,7\n"));
  EXPECT_THAT(counts, HasSubstr("\ngroup,roma,,,\n"));
  EXPECT_THAT(counts, HasSubstr("\ngroup,jewish,,,0\n"));
  EXPECT_THAT(counts, HasSubstr("\ngender,woman,,,7\n"));
}

TEST_P(ReleaseContentTest, CroissantHasWhatTheFormatAsksFor) {
  House house(open(), folder());
  house.approved(house.contributor(), 1);
  const Release release = cut(house);
  const fs::path files = download(house, release.version);
  const auto json = nlohmann::json::parse(read_file(files / "croissant.json").value());
  EXPECT_EQ(json["@type"], "sc:Dataset");
  EXPECT_THAT(
      json["conformsTo"].get<std::vector<std::string>>(),
      ElementsAre("http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"));
  for (const char* const field : {"name", "description", "license", "url", "creator",
                                  "datePublished", "version", "citeAs", "publisher", "keywords"}) {
    EXPECT_TRUE(json.contains(field)) << field;
  }
  for (const char* const field :
       {"rai:dataCollection", "rai:dataCollectionType", "rai:dataPreprocessingProtocol",
        "rai:dataAnnotationProtocol", "rai:annotationsPerItem", "rai:personalSensitiveInformation",
        "rai:dataUseCases", "rai:dataLimitations", "rai:dataBiases", "rai:dataSocialImpact",
        "rai:dataReleaseMaintenancePlan"}) {
    EXPECT_FALSE(json.value(field, nlohmann::json()).empty()) << field;
  }
  EXPECT_EQ(json["@context"]["rai"], "http://mlcommons.org/croissant/RAI/");
  EXPECT_EQ(json["@context"]["recordSet"], "cr:recordSet");
  std::set<std::string> ids;
  for (const auto& item : json["distribution"]) {
    EXPECT_TRUE(ids.insert(item["@id"]).second);
    if (item["@type"] == "cr:FileSet") {
      EXPECT_TRUE(ids.contains(item["containedIn"]["@id"]));
      continue;
    }
    EXPECT_EQ(item["@type"], "cr:FileObject");
    EXPECT_EQ(item["contentUrl"],
              "https://faces.example/releases/1.0/" + item["name"].get<std::string>());
    EXPECT_EQ(item["sha256"], sha256_file(files / item["name"].get<std::string>()).value());
    EXPECT_EQ(item["contentSize"],
              std::to_string(fs::file_size(files / item["name"].get<std::string>())) + " B");
  }
  // Every record set's fields have unique names, a type, and a source that is distributed; the
  // columns are those of metadata.csv.
  const std::string csv = read_file(files / "metadata.csv").value();
  const std::string header = "," + csv.substr(0, csv.find('\n')) + ",";
  std::set<std::string> fields;
  for (const auto& records : json["recordSet"]) {
    EXPECT_EQ(records["@type"], "cr:RecordSet");
    for (const auto& field : records["field"]) {
      EXPECT_EQ(field["@type"], "cr:Field");
      EXPECT_TRUE(fields.insert(field["@id"]).second);
      EXPECT_EQ(field["@id"],
                records["@id"].get<std::string>() + "/" + field["name"].get<std::string>());
      EXPECT_TRUE(field.contains("dataType"));
      const auto& source = field["source"];
      const auto& from = source.contains("fileObject") ? source["fileObject"] : source["fileSet"];
      EXPECT_TRUE(ids.contains(from["@id"]));
      if (source["extract"].contains("column")) {
        EXPECT_THAT(header, HasSubstr("," + source["extract"]["column"].get<std::string>() + ","));
      }
      if (field.contains("references")) {
        EXPECT_TRUE(fields.contains(field["references"]["field"]["@id"]));
      }
    }
    EXPECT_TRUE(fields.contains(records["key"]["@id"]));
  }
}

TEST_P(ReleaseContentTest, TheDatasheetHasTheSectionsOfDatasheetsForDatasets) {
  House house(open(), folder());
  house.approved(house.contributor(), 1);
  const std::string text = read_file(download(house, cut(house).version) / "datasheet.md").value();
  for (const char* const section :
       {"## Motivation", "## Composition", "## Collection process", "## Preprocessing", "## Uses",
        "## Distribution", "## Maintenance", "notes of the release", "release 1.0"}) {
    EXPECT_THAT(text, HasSubstr(section));
  }
  EXPECT_THAT(text, Not(HasSubstr("{")));
}

}  // namespace
}  // namespace everyface
