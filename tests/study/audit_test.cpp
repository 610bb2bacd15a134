// Whole audits of a few photos.
#include "everyface/study/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "everyface/base/file.h"
#include "everyface/nn/registry.h"
#include "everyface/recognize/template_file.h"
#include "study/audit_labels.h"
#include "study/audit_templates.h"
#include "study/run_store.h"
#include "support.h"

namespace everyface {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

/// LFW people with several photos, each in one of two made-up groups.
class AuditTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kPeople = 8;
  static constexpr std::size_t kPhotos = 2 * kPeople;

  void SetUp() override {
    EVERYFACE_NEEDS_SHARED("data/lfw/image");
    EVERYFACE_NEEDS_SHARED("models/mobilefacenet-foamliu.onnx");
    std::string csv = "path,subject,team\n";
    std::size_t people = 0;
    std::set<std::filesystem::path> folders;
    for (const auto& folder :
         std::filesystem::directory_iterator(testing::shared_folder() / "data/lfw/image")) {
      folders.insert(folder.path());
    }
    for (const auto& folder : folders) {
      std::set<std::filesystem::path> photos;
      for (const auto& photo : std::filesystem::directory_iterator(folder)) {
        photos.insert(photo.path());
      }
      if (photos.size() < 2 || people == kPeople) {
        continue;
      }
      photos.erase(std::next(photos.begin(), 2), photos.end());
      for (const auto& photo : photos) {
        csv += photo.string() + "," + folder.filename().string() +
               (people % 2 == 0 ? ",red\n" : ",blue\n");
      }
      ++people;
    }
    write("photos.csv", csv);
    request_.dataset_kind = "csv";
    request_.dataset_path = path("photos.csv").string();
    request_.enhancers = parse_chains("none,gaussian(sigma=1)+gain").value();
    request_.exposures_ev = {0, -5};
    request_.embedders = {"mobilefacenet-foamliu"};
    request_.detector = DetectorSpec::parse("yunet").value();
    request_.protocol.operating_fmr = 0.1;
    request_.protocol.operating_fpir = 0.2;
  }

  [[nodiscard]] std::filesystem::path path(const std::string& name) const {
    return folder_.path() / name;
  }
  void write(const std::string& name, const std::string& text) const {
    ASSERT_TRUE(write_file_atomic(path(name), text).ok());
  }
  RunOutcome run(const AuditRequest& request, const std::string& name) {
    const auto outcome = run_audit(request, models_, path(name), 2);
    EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().message);
    return outcome ? *outcome : RunOutcome{};
  }
  AuditSummary summarise(const std::string& name) {
    auto summary = summarise_audit(path(name), models_, {4, 2});
    EXPECT_TRUE(summary) << (summary ? "" : summary.error().message);
    return summary ? *std::move(summary) : AuditSummary{};
  }
  [[nodiscard]] std::string problem(const AuditRequest& request) {
    const auto outcome = run_audit(request, models_, path("refused"), 1);
    return outcome ? "accepted" : outcome.error().message;
  }

  testing::TemporaryFolder folder_;
  ModelRegistry models_ =
      ModelRegistry::open(folder_.path() / "models", (testing::shared_folder() / "models").string())
          .value();
  AuditRequest request_;
};

TEST_F(AuditTest, ReferenceConditionKeepsToItsOwnTargets) {
  run(request_, "run");
  const AuditSummary summary = summarise("run");
  EXPECT_EQ(summary.records, kPhotos);
  EXPECT_EQ(summary.identities, kPeople);
  EXPECT_TRUE(summary.has_subjects);
  ASSERT_THAT(summary.cells, SizeIs(4));
  const AuditCell& reference = summary.cells.front();
  EXPECT_TRUE(reference.reference);
  EXPECT_EQ(reference.failed_to_acquire.count.events, 0U);
  EXPECT_EQ(reference.verification.mated, kPeople);
  EXPECT_EQ(reference.verification.nonmated, kPhotos * (kPhotos - 2) / 2);
  for (const AuditCell& cell : summary.cells) {
    EXPECT_EQ(cell.reference, &cell == &reference);
    for (std::size_t i = 0; i < cell.verification.points.size(); ++i) {
      EXPECT_EQ(cell.verification.points[i].threshold, reference.verification.points[i].threshold)
          << "thresholds are fixed in daylight";
    }
    const auto file = TemplateFile::open(path("run") / cell.templates);
    ASSERT_TRUE(file);
    EXPECT_EQ(file->size(), kPhotos - cell.failed_to_acquire.count.events);
    EXPECT_EQ(file->info().model, "mobilefacenet-foamliu");
    EXPECT_EQ(file->info().detector, "yunet");
  }
  for (const VerificationPoint& point : reference.verification.points) {
    EXPECT_LE(*point.fmr.value(), point.target_fmr);
  }
  ASSERT_TRUE(reference.identification);
  EXPECT_EQ(reference.identification->gallery, kPeople / 2);
  EXPECT_EQ(reference.identification->mated_probes, kPeople / 2);
  EXPECT_EQ(reference.identification->nonmated_probes, kPeople);
  EXPECT_EQ(reference.identification->rank1, 1.0);
  for (const IdentificationPoint& point : reference.identification->points) {
    EXPECT_LE(*point.fpir.value(), point.target_fpir);
  }
  EXPECT_THAT(summary.review, SizeIs(4));
  EXPECT_TRUE(std::filesystem::exists(path("run") / summary.review.front().first_file));
  EXPECT_GE(summary.review[0].score, summary.review[1].score);
}

TEST_F(AuditTest, GroupsTogetherAreTheWhole) {
  run(request_, "run");
  for (const AuditCell& cell : summarise("run").cells) {
    std::uint64_t events = 0;
    std::uint64_t trials = 0;
    ASSERT_THAT(cell.matrices, SizeIs(1));
    const GroupMatrix& matrix = cell.matrices.front();
    ASSERT_THAT(matrix.fmr, SizeIs(4));
    const bool one_set = cell.reference;
    for (std::size_t i = 0; i < matrix.fmr.size(); ++i) {
      if (one_set && i == 2) {
        continue;  // the same pairs as those of blue with red
      }
      events += matrix.fmr[i].count.events;
      trials += matrix.fmr[i].count.trials;
    }
    EXPECT_EQ(trials, cell.verification.nonmated);
    for (const VerificationPoint& point : cell.verification.points) {
      if (point.target_fmr == request_.protocol.operating_fmr) {
        EXPECT_EQ(point.fmr.count.events, events);
        EXPECT_EQ(point.fmr.count.trials, trials);
      }
    }
    std::uint64_t photos = 0;
    std::uint64_t searches = 0;
    for (const GroupErrors& group : cell.groups) {
      photos += group.photos;
      searches += group.fpir.count.trials;
    }
    EXPECT_EQ(photos, cell.images);
    EXPECT_EQ(searches, cell.identification->nonmated_probes);
  }
}

TEST_F(AuditTest, GoesOnFromWhatIsThereAndShardsMergeToTheSameBytes) {
  const RunOutcome first = run(request_, "whole");
  EXPECT_EQ(first.rows_computed, 4 * kPhotos);
  const std::string whole = read_file(path("whole") / kResultsFile).value();
  std::filesystem::create_directories(path("cut"));
  std::filesystem::copy(path("whole") / "run.json", path("cut") / "run.json");
  write("cut/" + std::string(kResultsFile), whole.substr(0, whole.size() * 2 / 3));
  const RunOutcome rest = run(request_, "cut");
  EXPECT_GT(rest.rows_kept, 0U);
  EXPECT_GT(rest.rows_computed, 0U);
  EXPECT_EQ(read_file(path("cut") / kResultsFile).value(), whole);
  AuditRequest other_protocol = request_;
  other_protocol.protocol.both_sides = true;
  EXPECT_EQ(run(other_protocol, "cut").rows_computed, 0U) << "comparing needs no new templates";
  std::vector<std::filesystem::path> parts;
  for (std::size_t index = 1; index <= 2; ++index) {
    AuditRequest part = request_;
    part.shard = {index, 2};
    parts.push_back(path("part" + std::to_string(index)));
    run(part, "part" + std::to_string(index));
  }
  EXPECT_THAT(summarise_audit(parts[0], models_, {}).error().message, HasSubstr("part 1 of 2"));
  ASSERT_TRUE(merge_audits(parts, path("merged")));
  EXPECT_EQ(read_file(path("merged") / kResultsFile).value(), whole);
}

TEST_F(AuditTest, RedoesTheTemplatesOfAPhotoWhoseBoxWasCorrected) {
  const auto dataset = open_dataset("csv", path("photos.csv"));
  ASSERT_TRUE(dataset);
  const auto write_boxes = [&](const std::string& first) {
    std::string csv = "path,x1,y1,x2,y2,subject\n";
    for (const Record& record : dataset->records) {
      csv += record.name + "," + (&record == &dataset->records.front() ? first : "80,70,170,180") +
             "," + *record.faces.front().subject + "\n";
    }
    write("photos.csv", csv);
  };
  write_boxes("80,70,170,180");
  EXPECT_EQ(run(request_, "run").rows_computed, 4 * kPhotos);
  EXPECT_EQ(run(request_, "run").rows_computed, 0U);
  write_boxes("82,70,170,180");
  EXPECT_EQ(run(request_, "run").rows_computed, 4U);
  write_boxes(",,,");
  EXPECT_EQ(run(request_, "run").failed, 1U);
  EXPECT_THAT(summarise("run").failures.front().reason, HasSubstr("as having no face"));
}

TEST_F(AuditTest, RedoesAllTemplatesWhenTheEmbeddersCropChanges) {
  request_.exposures_ev = {0};
  EXPECT_EQ(run(request_, "run").rows_computed, 2 * kPhotos);
  auto manifest = nlohmann::json::parse(
      read_file(std::filesystem::path(EVERYFACE_SOURCE_DIR) / "models" / "manifest.json").value());
  std::erase_if(manifest.at("models").get_ref<nlohmann::json::array_t&>(),
                [](const auto& model) { return model.at("name") != "mobilefacenet-foamliu"; });
  manifest["models"][0]["embed"]["order"] = "bgr";
  write("mine.json", manifest.dump());
  ::setenv("EVERYFACE_MANIFEST", path("mine.json").c_str(), 1);
  models_ =
      ModelRegistry::open(path("models"), (testing::shared_folder() / "models").string()).value();
  ::unsetenv("EVERYFACE_MANIFEST");
  EXPECT_EQ(run(request_, "run").rows_computed, 2 * kPhotos);
}

TEST_F(AuditTest, SidesPairsAndExclusionsChangeWhatIsCompared) {
  request_.protocol.both_sides = true;
  run(request_, "run");
  const std::uint64_t all = kPhotos * (kPhotos - 2) / 2;
  for (const AuditCell& cell : summarise("run").cells) {
    const std::uint64_t acquired = kPhotos - cell.failed_to_acquire.count.events;
    EXPECT_LE(cell.verification.nonmated, acquired * (acquired - 1) / 2);
  }
  const auto dataset = open_dataset("csv", path("photos.csv"));
  ASSERT_TRUE(dataset);
  const auto name = [&](std::size_t i) { return dataset->records[i].name; };
  write("exclude.csv", "first,second\n" + name(0) + "," + name(2) + "\n" + name(3) + "," + name(1) +
                           "\n" + name(2) + "," + name(0) + "\n");
  request_.protocol.exclude = path("exclude.csv").string();
  run(request_, "run");
  EXPECT_EQ(summarise("run").cells.front().verification.nonmated, all - 2);

  request_.protocol.exclude.clear();
  write("pairs.csv", "first,second,fold\n" + name(0) + "," + name(1) + ",1\n" + name(0) + "," +
                         name(2) + ",1\n" + name(2) + "," + name(3) + ",2\n" + name(3) + "," +
                         name(4) + ",2\n");
  request_.protocol.pairs = path("pairs.csv").string();
  run(request_, "run");
  const AuditSummary listed = summarise("run");
  EXPECT_EQ(listed.cells.front().verification.mated, 2U);
  EXPECT_EQ(listed.cells.front().verification.nonmated, 2U);
  ASSERT_TRUE(listed.cells.front().verification.folds);
  EXPECT_THAT(listed.cells.front().verification.folds->accuracies, SizeIs(2));
  request_.protocol.exclude = path("exclude.csv").string();
  run(request_, "run");
  EXPECT_EQ(summarise("run").cells.front().verification.nonmated, 1U) << "of a list too";
}

TEST_F(AuditTest, NonmatedPairsOnlyHaveNoFnmr) {
  request_.protocol.pairs = "nonmated";
  run(request_, "run");
  const AuditSummary summary = summarise("run");
  EXPECT_EQ(summary.cells.front().verification.mated, 0U);
  EXPECT_EQ(summary.cells.front().verification.nonmated, kPhotos * (kPhotos - 2) / 2);
  EXPECT_FALSE(summary.cells.front().verification.eer);
}

TEST_F(AuditTest, ThresholdsOfAnotherAuditAreApplied) {
  const auto report = [](const char* embedder) {
    return std::string(R"({"schema":"everyface.audit/1","cells":[{"reference":true,"embedder":")") +
           embedder +
           R"(","verification":{"points":[{"target_fmr":0.1,"threshold":0.25,"exact":true}]},)"
           R"("identification":{"points":[{"target_fpir":0.2,"threshold":0.5}]}}]})";
  };
  const auto run_json = [this](const std::string& weights, bool flip) {
    return nlohmann::json{{"schema", "everyface.run/1"},
                          {"experiment", "audit"},
                          {"models", {{"mobilefacenet-foamliu", weights}}},
                          {"flip", flip}}
        .dump();
  };
  const std::string weights = models_.find("mobilefacenet-foamliu")->sha256;
  write("other/report.json", report("mobilefacenet-foamliu"));
  write("other/run.json", run_json(weights, false));
  request_.protocol.thresholds = path("other").string();
  run(request_, "run");
  for (const AuditCell& cell : summarise("run").cells) {
    ASSERT_THAT(cell.verification.points, SizeIs(1));
    EXPECT_EQ(cell.verification.points.front().threshold, 0.25);
    EXPECT_EQ(cell.identification->points.front().threshold, 0.5);
  }
  const auto problem = [&] { return summarise_audit(path("run"), models_, {}).error().message; };
  write("other/run.json", run_json("0123", false));
  EXPECT_THAT(problem(), HasSubstr("other weights of mobilefacenet-foamliu"));
  write("other/run.json", run_json(weights, true));
  EXPECT_THAT(problem(), HasSubstr("was made with --flip"));
  write("other/report.json", report("edgeface-xxs"));
  EXPECT_THAT(problem(), HasSubstr("has no embedder mobilefacenet-foamliu"));
  write("other/report.json", "{}");
  EXPECT_THAT(problem(), HasSubstr("not the report of an audit"));
  write("other/report.json", R"({"schema":"everyface.audit/1"})");
  EXPECT_THAT(problem(), HasSubstr("--thresholds"));
}

TEST_F(AuditTest, ColumnsOfTooManyValuesAreNoGroups) {
  std::string csv = read_file(path("photos.csv")).value();
  std::string with_ids = "path,subject,team,id\n";
  std::size_t id = 0;
  for (std::size_t at = csv.find('\n') + 1, end = 0; at < csv.size(); at = end + 1) {
    end = csv.find('\n', at);
    with_ids += csv.substr(at, end - at) + "," + std::to_string(id++) + "\n";
  }
  // The photos once more under other subjects and ids.
  for (std::size_t copy = 0; id <= kMostGroups; ++copy) {
    const std::string photo =
        csv.substr(csv.find('\n') + 1, csv.find(',', csv.find('\n') + 1) - csv.find('\n') - 1);
    const auto link = path("copy" + std::to_string(copy) + ".jpg");
    std::filesystem::create_symlink(photo, link);
    with_ids +=
        link.string() + ",other" + std::to_string(copy) + ",red," + std::to_string(id++) + "\n";
  }
  write("photos.csv", with_ids);
  AuditRequest request = request_;
  request.exposures_ev = {0};
  request.enhancers = parse_chains("none").value();
  request.groups = {"id"};
  EXPECT_THAT(problem(request), HasSubstr("--group: column id has 65 values"));
  request.groups.clear();
  run(request, "run");
  const AuditSummary summary = summarise("run");
  EXPECT_THAT(summary.group_names, ::testing::ElementsAre("team"));
  EXPECT_THAT(summary.warnings,
              ::testing::Contains(::testing::Field(&Failure::reason, HasSubstr("left out"))));
}

TEST_F(AuditTest, FacesThatAreNotFoundAreFailuresToAcquire) {
  request_.exposures_ev = {0, -12};
  run(request_, "run");
  const AuditSummary summary = summarise("run");
  const AuditCell& dark = summary.cells[2];
  EXPECT_EQ(dark.exposure_ev, -12);
  EXPECT_EQ(dark.failed_to_acquire.count.events, kPhotos);
  EXPECT_EQ(dark.failed_to_acquire.count.trials, kPhotos);
  EXPECT_EQ(dark.verification.mated + dark.verification.nonmated, 0U);
  ASSERT_TRUE(dark.identification);
  EXPECT_EQ(dark.identification->points.front().fpir.value(), 0.0);
  EXPECT_EQ(dark.identification->points.front().fnir.value(), 1.0);
  EXPECT_THAT(read_file(path("run") / kResultsFile).value(),
              HasSubstr("\"failed_to_acquire\":\"no face found\""));
}

TEST_F(AuditTest, RefusesWhatCannotBeAudited) {
  AuditRequest request = request_;
  request.detector = DetectorSpec::parse("haar").value();
  EXPECT_THAT(problem(request), HasSubstr("gives no landmarks"));
  request.detector = DetectorSpec::parse("fusion(haar)").value();
  EXPECT_THAT(problem(request), HasSubstr("gives no landmarks"));
  request = request_;
  request.embedders = {"mobilefacenet"};
  EXPECT_THAT(problem(request), HasSubstr("no embedder \"mobilefacenet\""));
  request = request_;
  request.groups = {"race"};
  EXPECT_THAT(problem(request), HasSubstr("no column \"race\""));
  request = request_;
  request.protocol.reference_groups = {"team=green"};
  EXPECT_THAT(problem(request), HasSubstr("blue, red"));
  request = request_;
  request.protocol.pairs = path("absent.csv").string();
  EXPECT_THAT(problem(request), HasSubstr("absent.csv"));
  EXPECT_FALSE(std::filesystem::exists(path("refused") / "run.json"));
  run(request_, "run");
  EXPECT_THAT(read_request(path("run")).error().message, HasSubstr("but of an audit"));
  const auto study = testing::small_request(folder_.path());
  EXPECT_THAT(run_study(study, models_, path("run"), 1).error().message,
              HasSubstr("choose another folder"));
}

TEST_F(AuditTest, PhotosOfSeveralPeopleAreLeftOutAndNamed) {
  std::string csv = read_file(path("photos.csv")).value();
  const std::string first =
      csv.substr(csv.find('\n') + 1, csv.find(',', csv.find('\n')) - csv.find('\n') - 1);
  write("photos.csv", csv + first + ",Somebody_Else,red\n");
  EXPECT_EQ(run(request_, "run").failed, 1U);
  const AuditSummary summary = summarise("run");
  ASSERT_THAT(summary.failures, SizeIs(1));
  EXPECT_THAT(summary.failures.front().reason, HasSubstr("labelled with 2 faces"));
}

TEST(AuditCells, CountsAndFindsTheReference) {
  AuditRequest request;
  request.embedders = {"a", "b"};
  request.exposures_ev = {-4, 0.5, 0};
  request.enhancers = parse_chains("gain,none").value();
  const AuditCells cells(request);
  EXPECT_EQ(cells.size(), 12U);
  std::set<std::size_t> seen;
  for (std::size_t cell = 0; cell < cells.size(); ++cell) {
    EXPECT_EQ(cells.index(cells.place(cell)), cell);
    seen.insert(cells.of_row(cell));
  }
  EXPECT_THAT(seen, SizeIs(12));
  const AuditCellPlace reference = cells.place(cells.reference(1));
  EXPECT_EQ(reference.embedder, 1U);
  EXPECT_EQ(reference.exposure, 2U);
  EXPECT_EQ(reference.chain, 1U);
  EXPECT_EQ(cells.of_row(1), cells.index({1, 0, 0}));
}

}  // namespace
}  // namespace everyface
