// The parts that pages are made of.
#include <algorithm>
#include <cmath>
#include <set>

#include "report/cell_table.h"
#include "report/chart.h"
#include "report/csv.h"
#include "report/format.h"
#include "report/grid.h"
#include "report/html.h"
#include "report/interval_mark.h"
#include "report/largest_groups.h"
#include "tests/report/markup.h"
#include "tests/testing.h"

namespace everyface {
namespace {

using testing::markup_problem;

TEST(Format, NumbersReadAsPeopleWriteThem) {
  EXPECT_EQ(percent(0.8734), "87.3%");
  EXPECT_EQ(percent(NAN), "–");
  EXPECT_EQ(percent_range(0.801, 0.853), "80.1–85.3%");
  EXPECT_EQ(percent_range(-0.02, 0.03), "−2.0 to 3.0%");
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(17781), "17,781");
  EXPECT_EQ(count_text(1234567), "1,234,567");
  EXPECT_EQ(count_of(1, "face"), "1 face");
  EXPECT_EQ(count_of(0, "face"), "0 faces");
  EXPECT_EQ(ev_text(0), "0 EV");
  EXPECT_EQ(ev_text(-2), "−2 EV");
  EXPECT_EQ(ev_text(0.5), "+0.5 EV");
  EXPECT_EQ(p_text(0.0001), "< 0.001");
  EXPECT_EQ(p_text(0.0312), "0.031");
  EXPECT_EQ(p_text(1), "1");
  EXPECT_EQ(decimal(-0.04, 1), "0.0");
  EXPECT_EQ(decimal(-1.25, 1), "−1.2");
}

TEST(Format, TinyRatesKeepTwoSignificantDigits) {
  EXPECT_EQ(rate_text(0.1234), "12.3%");
  EXPECT_EQ(rate_text(1), "100.0%");
  EXPECT_EQ(rate_text(0.0123), "1.2%");
  EXPECT_EQ(rate_text(0.001), "0.10%");
  EXPECT_EQ(rate_text(0.000999), "0.10%");
  EXPECT_EQ(rate_text(0.0999), "10.0%");
  EXPECT_EQ(rate_text(1.2e-7), "0.000012%");
  EXPECT_EQ(rate_text(0), "0%");
  EXPECT_EQ(rate_text(NAN), "–");
  EXPECT_EQ(rate_range(0, 0.0003), "0–0.030%");
  EXPECT_EQ(rate_range(NAN, 1), "–");
  EXPECT_EQ(signed_points(-0.00023), "−0.023");
  EXPECT_EQ(signed_points(0.128), "+12.8");
  EXPECT_EQ(signed_points(0), "0");
  EXPECT_EQ(signed_points(NAN), "–");
  EXPECT_EQ(signed_points_range(-0.00031, 0.00004), "−0.031 to +0.0040");
}

TEST(Format, RatiosMayBeInfinite) {
  EXPECT_EQ(ratio_text(1.25), "1.25");
  EXPECT_EQ(ratio_text(12.54), "12.5");
  EXPECT_EQ(ratio_text(125.4), "125");
  EXPECT_EQ(ratio_text(5403.1), "5,403");
  EXPECT_EQ(ratio_text(INFINITY), "∞");
  EXPECT_EQ(ratio_text(NAN), "–");
  EXPECT_EQ(ratio_range(1.5, INFINITY), "1.50–∞");
  EXPECT_EQ(ratio_range(NAN, 2), "–");
}

TEST(Format, FilesHoldTenSignificantDigits) {
  EXPECT_EQ(ten_digits(0.9999999999999998), 1);
  EXPECT_EQ(ten_digits(0.1 + 0.2), 0.3);
  EXPECT_EQ(ten_digits(12345678901.0), 12345678900.0);
  EXPECT_EQ(ten_digits(-1.23456789012e-7), -1.23456789e-7);
  EXPECT_EQ(ten_digits(0), 0);
  EXPECT_TRUE(std::isnan(ten_digits(NAN)));
  EXPECT_EQ(ten_digits(INFINITY), INFINITY);
}

TEST(Format, NaturalOrderComparesNumbersInTexts) {
  std::vector<std::string> ages = {"0-2", "10-19", "100+", "20-29", "3-9", "unknown", "3-10", ""};
  std::sort(ages.begin(), ages.end(), natural_less);
  EXPECT_EQ(ages, (std::vector<std::string>{"", "0-2", "3-9", "3-10", "10-19", "20-29", "100+",
                                            "unknown"}));
  // A strict order: equal texts are not less, leading zeros decide last.
  EXPECT_FALSE(natural_less("a7", "a7"));
  EXPECT_TRUE(natural_less("a07", "a7"));
  EXPECT_FALSE(natural_less("a7", "a07"));
  EXPECT_TRUE(natural_less("a007", "a8"));
  EXPECT_TRUE(natural_less("a99999999999999999999", "a100000000000000000000"));
}

TEST(Html, EscapesMarkupAndReplacesWhatPagesMayNotHold) {
  EXPECT_EQ(escape_html("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  EXPECT_EQ(escape_html(std::string_view("a\0b\x1b\x7f\tc\n", 8)),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\xEF\xBF\xBD\tc\n");
  EXPECT_EQ(escape_html("\xFFz"), "\xEF\xBF\xBDz");
  EXPECT_EQ(escape_html("Zoë 中"), "Zoë 中");
}

TEST(Html, NamesOfChainsMayBreakBetweenMethodsAndParameters) {
  EXPECT_EQ(breakable_name("yunet"), "yunet");
  EXPECT_EQ(breakable_name("nlm+gain(percentile=50,<b>)"),
            "nlm+<wbr />gain(<wbr />percentile=50,<wbr />&lt;b&gt;)");
  EXPECT_EQ(breakable_name("a+"), "a+");
  EXPECT_EQ(breakable_name(""), "");
}

TEST(Html, DataBlockCannotBeEndedFromInside) {
  const std::string block = json_block("data", {{"name", "</script><!--"}, {"bad", "\xFF"}});
  EXPECT_EQ(block,
            "<script type=\"application/json\" id=\"data\">"
            "{\"name\":\"\\u003c/script>\\u003c!--\",\"bad\":\"\xEF\xBF\xBD\"}</script>\n");
}

TEST(Html, FilterBarNeedsAChoice) {
  EXPECT_EQ(filter_bar("t", "rows", {{"Detector", {"yunet"}, -1}}), "");
  const std::string bar =
      filter_bar("t", "rows", {{"Exposure", {"0 EV"}, -1}, {"D", {"a", "<b>"}, 1}});
  EXPECT_EQ(bar.find("Exposure"), std::string::npos);
  EXPECT_NE(bar.find("data-place=\"1\""), std::string::npos);
  EXPECT_NE(bar.find("<option value=\"1\" selected=\"selected\">&lt;b&gt;</option>"),
            std::string::npos);
}

TEST(Csv, QuotesByRfc4180) {
  CsvTable table({"a", "b"});
  table.text("plain").text("x,y").end_row();
  table.text("\"q\"").text("line\nbreak").end_row();
  table.number(0.7 + 0.2 + 0.1).number(0.1 + 0.2).end_row();
  table.number(0.1).number(std::nullopt).end_row();
  table.number(NAN).count(12).end_row();
  table.text("").text(" blank").end_row();
  EXPECT_EQ(table.content(),
            "a,b\nplain,\"x,y\"\n\"\"\"q\"\"\",\"line\nbreak\"\n1,0.3\n0.1,\n,12\n,\" blank\"\n");
}

TEST(Chart, PutsPointsWhereTheAxesSay) {
  LineChart chart;
  chart.id = "c";
  chart.x = {"x", 0, 1, {0, 1}, AxisFormat::kPercent};
  chart.y = {"y", 0, 1, {0, 1}, AxisFormat::kPercent};
  Series series;
  series.name = "<one>";
  series.points = {{0, 0, 0, 0, "a"}, {0.5, NAN, 0, 0, "lost"}, {1, 1, 0, 0, "b"}};
  chart.series = {series};
  const std::string svg = line_chart_svg(chart);
  EXPECT_EQ(markup_problem(svg), "");
  // The plot spans 44..348 across and 22..232 down; what is not finite leaves no point, no note.
  EXPECT_NE(svg.find("d=\"M44 232L348 22\""), std::string::npos) << svg;
  EXPECT_NE(svg.find("data-notes=\"a|b\""), std::string::npos);
  EXPECT_NE(svg.find("&lt;one&gt;"), std::string::npos);
}

TEST(Chart, NineteenEnhancersLookDifferent) {
  const std::string markup = legend("t", std::vector<LegendEntry>(19));
  std::set<std::string> styles;
  const std::string begin = "class=\"series ";
  for (std::size_t at = markup.find(begin); at != std::string::npos;
       at = markup.find(begin, at + 1)) {
    styles.insert(markup.substr(at, markup.find('"', at + begin.size()) - at));
  }
  EXPECT_EQ(styles.size(), 19U);
}

TEST(Chart, AxisMayRunDownwards) {
  LineChart chart;
  chart.x = {"exposure", 0, -4, {0, -4}, AxisFormat::kEv};
  chart.y = {"y", 0, 1, {}, AxisFormat::kPercent};
  Series series;
  series.points = {{0, 1, 0, 0, ""}, {-4, 0.5, 0, 0, ""}};
  chart.series = {series};
  EXPECT_NE(line_chart_svg(chart).find("d=\"M44 22L348 127\""), std::string::npos);
}

TEST(Chart, LogAxesPutWhatIsBelowThemAtTheirEdge) {
  LineChart chart;
  chart.x = {"x", 1, 100, {1, 10, 100}, AxisFormat::kCount, true};
  chart.y = {"y", 0.001, 0.1, {0.001, 0.01, 0.1}, AxisFormat::kRate, true};
  chart.notes_only = true;
  Series series;
  series.points = {{1, 0.1, 0, 0, ""}, {10, 0.01, 0, 0, ""}, {100, 0, 0, 0, ""}};
  chart.series = {series};
  const std::string svg = line_chart_svg(chart);
  EXPECT_NE(svg.find("d=\"M44 22L196 127L348 232\""), std::string::npos) << svg;
  EXPECT_NE(svg.find(">0.1%<"), std::string::npos);
  EXPECT_NE(svg.find("data-notes-only"), std::string::npos);
}

TEST(Axis, TicksAreDecades) {
  EXPECT_EQ(decade_ticks({0.002, 0.05}, 1e-6).size(), 3U);
  EXPECT_NEAR(decade_ticks({0.002, 0.05}, 1e-6).front(), 1e-3, 1e-15);
  EXPECT_NEAR(decade_ticks({0.001, 0.01}, 1e-6).front(), 1e-3, 1e-15);
  EXPECT_NEAR(decade_ticks({0.001, 0.01}, 1e-6).back(), 1e-2, 1e-15);
  EXPECT_NEAR(decade_ticks({1e-9, 0.01}, 1e-6).front(), 1e-6, 1e-15);
  EXPECT_EQ(decade_ticks({0, NAN, INFINITY}, 1e-6).size(), 2U);
  EXPECT_EQ(decade_ticks({0.01}, 1e-6).size(), 2U);
}

TEST(Axis, NumbersAreShort) {
  EXPECT_EQ(axis_number(AxisFormat::kRate, 1e-6), "0.0001%");
  EXPECT_EQ(axis_number(AxisFormat::kRate, 0.001), "0.1%");
  EXPECT_EQ(axis_number(AxisFormat::kRate, 1), "100%");
  EXPECT_EQ(axis_number(AxisFormat::kPoints, 0.3), "+30");
  EXPECT_EQ(axis_number(AxisFormat::kPoints, -0.0005), "−0.05");
  EXPECT_EQ(axis_number(AxisFormat::kRatio, 100), "100");
  EXPECT_EQ(axis_number(AxisFormat::kRatio, 10000), "10,000");
}

TEST(Axis, SharesHaveAboutFiveTicks) {
  EXPECT_EQ(share_axis("", 0, 1).ticks, (std::vector<double>{0, 0.2, 0.4, 0.6, 0.8, 1}));
  EXPECT_EQ(share_axis("", 0.8, 1).ticks, (std::vector<double>{0.8, 0.85, 0.9, 0.95, 1}));
  EXPECT_EQ(share_axis("", 0, 0.5).ticks, (std::vector<double>{0, 0.1, 0.2, 0.3, 0.4, 0.5}));
}

TEST(IntervalMark, SpansOfDifferencesHoldZero) {
  const auto span = [](const std::vector<double>& values) {
    const Span s = difference_span(values);
    return std::pair{s.from, s.to};
  };
  EXPECT_EQ(span({}), (std::pair{-0.01, 0.01}));
  EXPECT_EQ(span({0.3, NAN}).first, 0);
  EXPECT_NEAR(span({0.3, NAN}).second, 0.3, 1e-12);
  EXPECT_LE(span({-0.0012, 0.0004}).first, -0.0012);
  EXPECT_GE(span({-0.0012, 0.0004}).second, 0.0004);
}

TEST(IntervalMark, SpansOfRatiosHaveAMiddleDecade) {
  const Span span = log_span({0.002, 0.5}, 1e-6, AxisFormat::kRate);
  EXPECT_EQ(span_ticks(span), (std::vector<std::string>{"0.01%", "1%", "100%"}));
  EXPECT_NEAR(place_value(span, 0.01), 50, 1e-9);
}

TEST(IntervalMark, WhatIsBeyondTheSpanIsAtItsEdge) {
  const Span span{1, 100, AxisFormat::kRatio, true};
  const IntervalMark mark = place_interval(span, INFINITY, 0.5, INFINITY);
  EXPECT_FALSE(mark.value);
  EXPECT_EQ(mark.low, 0);
  EXPECT_EQ(mark.high, 100);
  EXPECT_EQ(place_interval(span, 0, 0, 10).low, 0);
  EXPECT_FALSE(place_interval(span, NAN, 1, 2).low);
  EXPECT_EQ(interval_svg({}), "");
  EXPECT_EQ(markup_problem(interval_svg(mark, 0)), "");
}

TEST(Grid, ChoosesOneTableAndKeepsTheOthersAsData) {
  using Kind = GridColumn::Kind;
  GridChooser chooser{"g", "forests", "Of ", "."};
  chooser.selects = {{"Cell", {"a", "<b>"}, 1}};
  for (const std::size_t key : {0U, 1U}) {
    Grid grid{"label", "caption", "forest", {}, {}};
    grid.columns = {
        {"Group"}, {"Rate", "95%", Kind::kNumber, "def-rate"}, {"FMR", "", Kind::kHeat}};
    grid.rows = {{{"<x>", "n"}, {"1%", "0–2%"}, {"0.1%", "", {}, 3}}};
    chooser.choices.push_back({{key}, "name" + std::to_string(key), {grid}});
  }
  const std::string html = grid_chooser_html(chooser);
  EXPECT_EQ(markup_problem(html), "");
  EXPECT_NE(html.find("Of <b>name1</b>."), std::string::npos);
  EXPECT_NE(html.find("<th scope=\"row\">&lt;x&gt; <small>n</small></th>"), std::string::npos);
  EXPECT_NE(html.find("<td class=\"heat h3\">0.1%</td>"), std::string::npos);
  EXPECT_NE(html.find("href=\"#def-rate\""), std::string::npos);
  const std::size_t begin = html.find("{\"heads\"");
  const auto data = nlohmann::json::parse(html.substr(begin, html.find("</script>") - begin));
  EXPECT_EQ(data["heads"].size(), 1U);  // shared
  EXPECT_EQ(data["choices"]["0"]["grids"][0]["rows"],
            nlohmann::json::parse(R"([[["<x>","n"],["1%","0–2%"],["0.1%","",3]]])"));
  // One choice needs no selects and no data; a missing one is nothing at all.
  chooser.choices.erase(chooser.choices.begin());
  EXPECT_EQ(grid_chooser_html(chooser).find("<script"), std::string::npos);
  chooser.choices.clear();
  EXPECT_EQ(grid_chooser_html(chooser), "");
}

TEST(CellTable, MarksTheBestAmongTheCellsOfOneModelAtOneExposure) {
  CellTable table{"t", "caption", "Embedder", {{"FMR", "", -1}, {"Why", "", 0, "", true}}, {}};
  for (const double value : {0.25, 0.125}) {
    CellRow row{0, 0, table.rows.size(), -4, "sface", "<none>", "", {}};
    row.values = {{value, "v"}, {NAN, "words"}};
    table.rows.push_back(row);
  }
  const std::string html = cell_table_html(table);
  EXPECT_EQ(markup_problem(html), "");
  EXPECT_NE(html.find("<td class=\"number best\" data-label=\"FMR\" data-v=\"0.125\">v"),
            std::string::npos);
  EXPECT_EQ(html.find("best\" data-label=\"FMR\" data-v=\"0.25\""), std::string::npos);
  EXPECT_NE(html.find("<td class=\"wrap\" data-label=\"Why\">words</td>"), std::string::npos);
  EXPECT_NE(html.find("&lt;none&gt;"), std::string::npos);
}

TEST(LargestGroups, AreKeptInNaturalOrder) {
  struct Group {
    std::string by;
    std::string value;
    std::size_t n;
  };
  const std::vector<Group> groups = {
      {"age", "10-19", 5}, {"age", "3-9", 7}, {"sex", "f", 9}, {"age", "0-2", 1}};
  std::size_t left_out = 0;
  const auto shown = largest_groups(groups, "age", &Group::n, 2, left_out);
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_EQ(shown[0].value, "3-9");
  EXPECT_EQ(shown[1].value, "10-19");
  EXPECT_EQ(left_out, 1U);
}

TEST(Chart, SpansAreRoundAndHoldTheValues) {
  const auto span = [](const std::vector<double>& values) {
    const Span s = nice_span(values, 0.1);
    return std::pair{s.from, s.to};
  };
  EXPECT_EQ(span({0.31, 0.68}), (std::pair{0.3, 0.7}));
  EXPECT_EQ(span({0.3, 0.7}), (std::pair{0.3, 0.7}));
  EXPECT_EQ(span({0.5}), (std::pair{0.5, 0.7}));
  EXPECT_EQ(span({1.0}), (std::pair{0.8, 1.0}));
  EXPECT_EQ(span({-0.2, 0.05}), (std::pair{0.0, 0.2}));
  EXPECT_EQ(span({0.0, 1.0, NAN}), (std::pair{0.0, 1.0}));
  EXPECT_EQ(span({}), (std::pair{0.0, 1.0}));
}

TEST(Chart, CountTicksReachTheHighest) {
  EXPECT_EQ(count_ticks(0), (std::vector<double>{0, 1}));
  EXPECT_EQ(count_ticks(1), (std::vector<double>{0, 1}));
  EXPECT_EQ(count_ticks(3), (std::vector<double>{0, 1, 2, 3}));
  EXPECT_EQ(count_ticks(10575), (std::vector<double>{0, 5000, 10000, 15000}));
  EXPECT_EQ(count_ticks(NAN), (std::vector<double>{0, 1}));
}

TEST(MarkupCheck, NoticesWhatItIsFor) {
  EXPECT_EQ(markup_problem("<p class=\"a>b\">x<br /></p>"), "");
  EXPECT_NE(markup_problem("<p><b></p></b>"), "");
  EXPECT_NE(markup_problem("<p>"), "");
  EXPECT_NE(markup_problem("<p>a < b</p>"), "");
  EXPECT_NE(markup_problem("<p id=\"x\"></p><p id=\"x\"></p>"), "");
}

}  // namespace
}  // namespace everyface
