#include "everyface/report/audit_report.h"

#include <nlohmann/json.hpp>
#include <set>

#include "tests/report/audit_synthetic.h"
#include "tests/report/files.h"
#include "tests/report/markup.h"
#include "tests/testing.h"

namespace everyface {
namespace {

using nlohmann::json;
using testing::add_faces;
using testing::audit_of_one_cell;
using testing::audit_summary;
using testing::audit_without_groups;
using testing::audit_without_searches;
using testing::audit_without_subjects;
using testing::contains;
using testing::files_below;
using testing::markup_problem;
using testing::TemporaryFolder;

std::map<std::string, std::string> report_of(const AuditSummary& s,
                                             const std::filesystem::path& folder,
                                             const AuditReportOptions& options = {}) {
  const auto written = write_audit_report(s, folder, options);
  EXPECT_TRUE(written.ok()) << (written.ok() ? "" : written.error().message);
  return files_below(folder);
}

std::map<std::string, std::string> report_of(const AuditSummary& s) {
  const TemporaryFolder folder;
  return report_of(s, folder.path());
}

/// The report of audit_summary(); written once, because every file is synced to the disk.
const std::map<std::string, std::string>& usual_report() {
  static const auto kFiles = report_of(audit_summary());
  return kFiles;
}

/// Pages of audits that each lack something.
const std::vector<std::string>& all_pages() {
  static const auto kPages = [] {
    std::vector<std::string> pages = {usual_report().at("report.html")};
    for (const AuditSummary& s : {audit_without_subjects(), audit_without_searches(),
                                  audit_without_groups(), audit_of_one_cell(), AuditSummary{}}) {
      pages.push_back(report_of(s)["report.html"]);
    }
    return pages;
  }();
  return kPages;
}

std::vector<std::string> attributes(const std::string& page, const std::string& begin) {
  std::vector<std::string> values;
  for (std::size_t at = page.find(begin); at != std::string::npos; at = page.find(begin, at + 1)) {
    const std::size_t from = at + begin.size();
    values.push_back(page.substr(from, page.find('"', from) - from));
  }
  return values;
}

TEST(AuditReport, WritesAllItsFiles) {
  std::set<std::string> names;
  for (const auto& [name, content] : usual_report()) {
    names.insert(name);
  }
  EXPECT_EQ(names, (std::set<std::string>{
                       "report.html", "report.json", "tables/cells.csv", "tables/comparisons.csv",
                       "tables/curves.csv", "tables/differentials.csv", "tables/exclusions.csv",
                       "tables/failures.csv", "tables/groups.csv", "tables/identification.csv",
                       "tables/matrix.csv", "tables/operating_points.csv", "tables/review.csv",
                       "tables/sizes.csv"}));
}

TEST(AuditReport, EqualSummariesGiveEqualBytes) {
  EXPECT_EQ(report_of(audit_summary()), usual_report());
}

TEST(AuditReport, JsonHasTheFieldsThatProgramsReadBy) {
  const std::string& text = usual_report().at("report.json");
  EXPECT_TRUE(text.starts_with("{\n\"schema\": \"everyface.audit/1\",\n\"finding\": \"Gain "));
  const json report = json::parse(text);
  const json& cell = report["cells"][0];
  EXPECT_EQ(cell["embedder"], "sface");
  EXPECT_EQ(cell["enhance"], "none");
  EXPECT_EQ(cell["exposure_ev"], 0);
  EXPECT_EQ(cell["reference"], true);
  EXPECT_EQ(cell["failed_to_acquire"], 0.05);
  EXPECT_EQ(cell["failed_to_acquire_low"], 0.025);
  EXPECT_EQ(cell["failed_to_acquire_high"], 0.1);
  EXPECT_EQ(cell["failed_to_acquire_events"], 20);
  EXPECT_EQ(cell["failed_to_acquire_trials"], 400);
  const json& verification = cell["verification"];
  EXPECT_EQ(verification["mated"], 1000);
  EXPECT_EQ(verification["nonmated"], 16000);
  EXPECT_EQ(verification["accuracy"], 0.875);
  EXPECT_EQ(verification["folds"]["accuracies"], json({0.75, 1}));
  EXPECT_EQ(verification["eer"], 0.0625);
  EXPECT_EQ(verification["auc"], 0.9375);
  EXPECT_EQ(verification["fnmr_at_fmr"], json({{"0.01", 0.05}, {"0.001", 0.1}}));
  EXPECT_EQ(verification["threshold_at_fmr"], json({{"0.01", 0.25}, {"0.001", 0.5}}));
  EXPECT_EQ(verification["points"][1]["fmr_trials"], 16000);
  EXPECT_EQ(verification["points"][0]["exact"], false);
  EXPECT_EQ(verification["curve"][1], json({0.5, 0.001, 0.1}));
  const json& identification = cell["identification"];
  EXPECT_EQ(identification["gallery"], 100);
  EXPECT_EQ(identification["mated_probes"], 100);
  EXPECT_EQ(identification["nonmated_probes"], 200);
  EXPECT_EQ(identification["fnir_at_fpir"], json({{"0.01", 0.4}}));
  EXPECT_EQ(identification["rank1"], 0.75);
  EXPECT_EQ(identification["sizes"][0]["fpir"], 0.005);
  const json& group = cell["groups"][1];
  EXPECT_EQ(group["by"], "skin");
  EXPECT_EQ(group["value"], "dark");
  EXPECT_EQ(group["n"], 400);
  for (const char* rate : {"fmr", "fnmr", "fpir", "fnir", "failed_to_acquire"}) {
    for (const char* end : {"", "_low", "_high", "_events", "_trials"}) {
      EXPECT_TRUE(group[std::string(rate) + end].is_number()) << rate << end;
    }
  }
  EXPECT_EQ(group["fmr"], 0.012);
  EXPECT_EQ(cell["matrices"][0]["events"], json({{8, 1, 0}, {1, 48, 0}, {0, 0, 0}}));
  const json& differential = cell["differentials"][0];
  EXPECT_EQ(differential["measure"], "worst to best");
  EXPECT_EQ(differential["rate"], "FMR");
  EXPECT_EQ(differential["value"], 6);
  EXPECT_EQ(differential["low"], 2);
  EXPECT_EQ(differential["high"], 18);
  EXPECT_EQ(differential["beyond_chance"], true);
  EXPECT_EQ(report["comparisons"][0]["difference"], -0.1);
  EXPECT_EQ(report["settings"]["operating_fmr"], 0.001);
  EXPECT_EQ(report["exclusions"][0]["worst_to_best"], 6);
}

TEST(AuditReport, JsonHasNullForWhatIsNotANumberOrNotThere) {
  AuditSummary s = audit_without_subjects();
  s.cells[0].groups[0].fmr.interval.reset();
  s.cells[0].verification.points[0].threshold = NAN;
  s.cells[1].identification.reset();
  const std::string text = report_of(s)["report.json"];
  EXPECT_FALSE(contains(text, "nan"));
  EXPECT_FALSE(contains(text, "inf,"));
  const json report = json::parse(text);
  const json& cell = report["cells"][0];
  EXPECT_TRUE(cell["verification"]["fnmr_at_fmr"]["0.001"].is_null());
  EXPECT_TRUE(cell["verification"]["threshold_at_fmr"]["0.01"].is_null());
  EXPECT_TRUE(cell["verification"]["eer"].is_null());
  EXPECT_TRUE(cell["verification"]["accuracy"].is_null());
  EXPECT_TRUE(cell["groups"][0]["fnmr"].is_null());
  EXPECT_TRUE(cell["groups"][0]["fmr_low"].is_null());
  EXPECT_TRUE(cell["matrices"][0]["fmr"][2][2].is_null());
  EXPECT_TRUE(report["cells"][1]["identification"].is_null());
  // An infinite ratio is told from one that is undefined.
  EXPECT_TRUE(cell["differentials"][1]["value"].is_null());
  EXPECT_EQ(cell["differentials"][1]["infinite"], true);
  EXPECT_EQ(cell["differentials"][1]["low"], 1.5);
  EXPECT_TRUE(cell["differentials"][1]["high"].is_null());
  EXPECT_EQ(cell["differentials"][0]["infinite"], false);
}

TEST(AuditReport, TablesHoldTheNumbers) {
  AuditSummary s = audit_of_one_cell();
  s.comparisons = {audit_summary().comparisons[0]};
  const auto files = report_of(s);
  const auto expect_line = [&](const std::string& table, const std::string& line) {
    EXPECT_TRUE(contains(files.at("tables/" + table), line + "\n"))
        << files.at("tables/" + table) << "lacks " << line;
  };
  expect_line("cells.csv",
              "0,sface,none,true,400,0.05,0.025,0.1,20,400,1000,16000,0.9375,0.0625,0.875,0.125,"
              "100,1,100,200,0.75,templates/0.ef");
  expect_line("operating_points.csv",
              "0,sface,none,0.001,0.5,true,0.001,5e-04,0.002,16,16000,0.1,0.05,0.2,100,1000,"
              "0.125");
  expect_line("identification.csv",
              "0,sface,none,0.01,0.5,0.08,0.04,0.16,16,200,0.4,0.2,0.8,40,100,0.0625");
  expect_line("sizes.csv", "0,sface,none,50,0.005,0.0025,0.01,1,200,0.36,0.18,0.72,18,50");
  expect_line("groups.csv", "0,sface,none,skin,dark,400,200,FMR,0.012,0.006,0.024,48,4000,2000");
  expect_line("matrix.csv", "0,sface,none,skin,light,few,0,0,0.25,0,80,40");
  expect_line("differentials.csv",
              "0,sface,none,skin,worst to best,FPIR,dark,light,2,,true,1.5,,false");
  expect_line("differentials.csv",
              "0,sface,none,skin,GARBE,\"FMR, FNMR\",,,2,0.25,false,0.125,0.5,");
  expect_line("comparisons.csv",
              "-4,sface,none,gain,FPIR,,,0.2,0.1,0.4,40,200,0.1,0.05,0.2,20,200,-0.1,-0.11,-0.09,"
              "0.001");
  expect_line("curves.csv", "0,sface,none,0.5,0.001,0.1");
  expect_line("exclusions.csv", "sface,10,0.4375,skin,,true");
  expect_line("failures.csv", "failed,broken.jpg,truncated");
}

TEST(AuditReport, ReviewTableIsAListOfPairsToExclude) {
  const std::string& table = usual_report().at("tables/review.csv");
  EXPECT_TRUE(table.starts_with("first,second,")) << table;
  EXPECT_TRUE(contains(table, "\na.jpg,b.jpg,sface,0.875,"));
}

TEST(AuditReport, PageIsWellFormedWhateverTheAuditHas) {
  for (const std::string& page : all_pages()) {
    EXPECT_EQ(markup_problem(page), "");
  }
}

TEST(AuditReport, EveryLinkLeadsSomewhere) {
  for (const std::string& page : all_pages()) {
    const std::vector<std::string> list = attributes(page, " id=\"");
    const std::set<std::string> ids(list.begin(), list.end());
    for (const std::string& link : attributes(page, "href=\"#")) {
      EXPECT_TRUE(ids.contains(link)) << link;
    }
    for (const std::string& link : attributes(page, "\"definition\":\"")) {
      EXPECT_TRUE(link.empty() || ids.contains(link)) << link;
    }
  }
}

TEST(AuditReport, MarkupInNamesStaysText) {
  const std::string evil = "<script>alert(1)</script>&\"'";
  AuditSummary s = audit_summary();
  s.finding = s.dataset_kind = s.dataset_path = s.version = s.command = s.detector = s.pairs = evil;
  s.failures = s.warnings = {{evil, evil}};
  for (AuditCell& cell : s.cells) {
    cell.embedder = evil;
    cell.enhance = cell.enhance == "none" ? "none" : evil;
    for (GroupErrors& group : cell.groups) {
      group.by = evil;
      group.value = evil + group.value;
    }
    for (GroupMatrix& matrix : cell.matrices) {
      matrix.by = evil;
      matrix.values = {evil + "light", evil + "dark", evil + "few"};
    }
    for (Differential& one : cell.differentials) {
      one.by = one.worst = one.best = one.measure = evil;
    }
  }
  for (AuditComparison& one : s.comparisons) {
    one.embedder = one.after = evil;
    one.by = one.by.empty() ? "" : evil;
    one.value = one.value.empty() ? "" : evil + one.value;
  }
  for (ReviewPair& pair : s.review) {
    pair.embedder = pair.first = pair.second = pair.first_groups = pair.second_groups = evil;
  }
  for (ExclusionEffect& effect : s.exclusions) {
    effect.embedder = effect.by = evil;
  }
  const auto files = report_of(s);
  const std::string& page = files.at("report.html");
  EXPECT_EQ(markup_problem(page), "");
  EXPECT_FALSE(contains(page, "<script>alert"));
  EXPECT_TRUE(contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;"));
  EXPECT_TRUE(json::accept(files.at("report.json")));
}

TEST(AuditReport, BytesThatAreNotUtf8BecomeValid) {
  AuditSummary s = audit_summary();
  s.review[0].first = s.cells[0].groups[0].value = "caf\xE9";
  const auto files = report_of(s);
  EXPECT_EQ(json::parse(files.at("report.json"))["review"][0]["first"], "caf\xEF\xBF\xBD");
  EXPECT_TRUE(contains(files.at("tables/review.csv"), "caf\xEF\xBF\xBD"));
  EXPECT_FALSE(contains(files.at("report.html"), "caf\xE9"));
}

TEST(AuditReport, FacesAreInsideThePageOrNowhere) {
  const TemporaryFolder folder;
  AuditSummary s = audit_summary();
  add_faces(s, folder.path());
  const auto with = report_of(s, folder.path());
  EXPECT_TRUE(contains(with.at("report.html"), "<img src=\"data:image/jpeg;base64,"));
  EXPECT_EQ(attributes(with.at("report.html"), "src=\"").size(), 4U);
  EXPECT_TRUE(contains(with.at("report.json"), "pictures/0-a.jpg"));
  const auto without = report_of(s, folder.path(), {.no_faces = true});
  EXPECT_EQ(markup_problem(without.at("report.html")), "");
  EXPECT_FALSE(contains(without.at("report.html"), "<img"));
  EXPECT_FALSE(contains(without.at("report.html"), "base64"));
  EXPECT_TRUE(contains(without.at("report.html"), "<bdi>a.jpg</bdi>"));
  EXPECT_FALSE(contains(without.at("report.json"), "pictures/"));
  EXPECT_FALSE(contains(without.at("tables/review.csv"), "pictures/"));
}

TEST(AuditReport, MissingPictureIsAnErrorThatNamesIt) {
  const TemporaryFolder folder;
  AuditSummary s = audit_summary();
  add_faces(s, folder.path());
  std::filesystem::remove(folder.path() / s.review[1].second_file);
  const auto written = write_audit_report(s, folder.path());
  ASSERT_FALSE(written.ok());
  EXPECT_TRUE(contains(written.error().message, "1-b.jpg"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "report.html"));
  EXPECT_TRUE(write_audit_report(s, folder.path(), {.no_faces = true}).ok());
}

TEST(AuditReport, PageAnswersTheQuestionByGroup) {
  const std::string& page = usual_report().at("report.html");
  EXPECT_TRUE(contains(page, "Does enhancement lower false positives, and for whom?"));
  EXPECT_TRUE(contains(page, "−10.0 <b>lower</b> <small>−11.0 to −9.0</small>"));
  EXPECT_TRUE(contains(page, "+5.0 <small>+4.0 to +6.0</small>"));  // FNIR, could be chance
  EXPECT_TRUE(contains(page, "Lower: dark (skin)."));
  EXPECT_FALSE(contains(page, "light (skin)"));
}

TEST(AuditReport, PageGivesAnUpperBoundWhereNoErrorWasSeen) {
  const std::string& page = usual_report().at("report.html");
  EXPECT_TRUE(contains(page, "<td class=\"heat\">&lt; 25.0% <small>0–25.0%, 0 of 80</small></td>"));
  EXPECT_TRUE(contains(page, "<td class=\"heat\">–</td>"));  // no pairs at all
}

TEST(AuditReport, HeatStepsEveryHalfDecadeAroundTheTarget) {
  const std::string& page = usual_report().at("report.html");
  EXPECT_TRUE(contains(page, "<td class=\"heat h5\">1.2%"));    // twelve times the target
  EXPECT_TRUE(contains(page, "<td class=\"heat h1\">0.013%"));  // an eighth of it
}

TEST(AuditReport, SmallGroupsAreShownAndNotCompared) {
  const std::string& page = usual_report().at("report.html");
  EXPECT_TRUE(contains(page, ">few * <small>9 people</small></th>"));
  EXPECT_TRUE(contains(page, "not part of any comparison"));
  EXPECT_TRUE(contains(
      page, "Worst to best: 6.00 times (95% interval 2.00–18.0), dark to light, beyond chance."));
  AuditSummary s = audit_summary();
  for (AuditCell& cell : s.cells) {
    cell.differentials.clear();
  }
  EXPECT_TRUE(contains(report_of(s)["report.html"], "No claim: fewer than two groups"));
}

TEST(AuditReport, InfiniteRatiosAreWrittenAsSuch) {
  const std::string& page = usual_report().at("report.html");
  EXPECT_TRUE(contains(page, "∞ <small>1.50–∞</small>"));
}

TEST(AuditReport, WithoutSubjectsThereIsNoWordOfMatedErrors) {
  const std::string& page = all_pages()[1];
  EXPECT_TRUE(contains(page, "id=\"def-fmr\""));
  EXPECT_TRUE(contains(page, "id=\"def-fpir\""));
  for (const char* absent :
       {"id=\"def-fnmr\"", "id=\"def-fnir\"", "id=\"def-eer\"", "id=\"curves\"",
        "data-label=\"FNMR\"", "data-label=\"Rank 1\"", "people</small>"}) {
    EXPECT_FALSE(contains(page, absent)) << absent;
  }
}

TEST(AuditReport, WithoutSearchesThereIsNoWordOfThem) {
  const std::string& page = all_pages()[2];
  EXPECT_TRUE(contains(page, "id=\"curves\""));
  for (const char* absent : {"id=\"search\"", "id=\"def-fpir\"", "data-label=\"FPIR\""}) {
    EXPECT_FALSE(contains(page, absent)) << absent;
  }
}

TEST(AuditReport, WithoutGroupsThereAreNoDifferentials) {
  const std::string& page = all_pages()[3];
  EXPECT_TRUE(contains(page, "id=\"answer\""));
  for (const char* absent : {"id=\"groups\"", "id=\"matrix\"", "id=\"differentials\"",
                             "id=\"def-garbe\"", "for whom?</th>"}) {
    EXPECT_FALSE(contains(page, absent)) << absent;
  }
}

TEST(AuditReport, OneCellNeedsNoChoice) {
  const std::string& page = all_pages()[4];
  for (const char* absent : {"id=\"answer\"", "id=\"exposure\"", "data-place=", "data-legend="}) {
    EXPECT_FALSE(contains(page, absent)) << absent;
  }
  EXPECT_TRUE(contains(page, "id=\"results\""));
  EXPECT_TRUE(contains(page, "id=\"groups\""));
}

TEST(AuditReport, PageStaysSmallForManyCellsAndGroups) {
  AuditSummary s = audit_summary();
  s.cells.clear();
  s.comparisons.clear();
  AuditCell full = testing::audit_cell("none", 16);
  full.groups.clear();
  full.matrices.clear();
  full.verification.curve.clear();
  for (int i = 1; i <= 300; ++i) {
    full.verification.curve.push_back({1 - i / 300.0, i / 300.0, 1 - i / 301.0});
  }
  for (const char* by : {"race", "gender", "age", "race+gender"}) {
    GroupMatrix matrix{by, {}, std::vector<ErrorRate>(24 * 24, testing::error_rate(3, 100000))};
    for (std::size_t i = 0; i < 24; ++i) {
      GroupErrors group = testing::group_errors("g" + std::to_string(i), i, 100 + i);
      group.by = by;
      matrix.values.push_back(group.value);
      full.groups.push_back(group);
    }
    full.matrices.push_back(matrix);
  }
  for (int i = 0; i < 50; ++i) {
    full.enhance = i % 5 == 0 ? "none" : "gain(factor=" + std::to_string(i % 5) + ")";
    full.exposure_ev = -(i / 5);
    s.cells.push_back(full);
  }
  const std::string page = report_of(s)["report.html"];
  EXPECT_LT(page.size(), std::size_t{8} << 20U);
  EXPECT_EQ(markup_problem(page), "");
  EXPECT_TRUE(contains(page, "The 17 largest of 24 groups; tables/matrix.csv has all."));
}

}  // namespace
}  // namespace everyface
