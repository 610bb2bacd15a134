#include "everyface/web/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "everyface/web/forms.h"

namespace everyface::web {
namespace {

using ::testing::HasSubstr;

class HtmlTest : public ::testing::Test {
 protected:
  HtmlTest() {
    add("assets/site.css", "body{}");
    std::vector<Catalogue> catalogues;
    catalogues.push_back(Catalogue::parse(R"({"hello": "Hello <b>{name}</b>", "plain": "a & b",
                             "photos": {"one": "{count} photo", "other": "{count} photos"},
                             "brace": "open { only"})",
                                          "en", "en.json")
                             .value());
    catalogues.push_back(Catalogue::parse(R"({"hello": "Hallo <b>{name}</b>", "plain": "a und b",
                             "photos": {"one": "{count} Foto", "other": "{count} Fotos"},
                             "brace": "auf { nur"})",
                                          "de", "de.json")
                             .value());
    messages_ = Messages::make(std::move(catalogues)).value();
  }

  void add(std::string_view name, std::string_view content) { files_.push_back({name, content}); }

  Result<Templates> compile() {
    assets_ = std::make_unique<Assets>(files_);
    return Templates::make(files_, messages_, *assets_);
  }

  std::string render(std::string_view text, const View& view, std::string_view language = "en") {
    add("templates/it.html", text);
    const auto templates = compile();
    files_.pop_back();
    if (!templates) {
      return "ERROR " + templates.error().message;
    }
    const auto html = templates->render("it", view, language);
    return html ? *html : "ERROR " + html.error().message;
  }

  std::vector<EmbeddedFile> files_;
  Messages messages_;
  std::unique_ptr<Assets> assets_;
};

TEST_F(HtmlTest, ValuesAreEscapedUnlessTheTemplateSaysOtherwise) {
  const View view = {{"x", "<a href='x'>\"&\""}, {"n", -5}, {"d", 0.5}, {"nothing", nullptr}};
  EXPECT_EQ(render("{{x}}", view), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;");
  EXPECT_EQ(render("{{{x}}}", view), "<a href='x'>\"&\"");
  EXPECT_EQ(render("{{n}} {{ d }} {{nothing}}|", view), "-5 0.5 |");
}

TEST_F(HtmlTest, NamesLookInwardsFirst) {
  const View view = {
      {"a", {{"b", {{"c", "deep"}}}}}, {"x", "outer"}, {"list", {{{"x", "inner"}}, {{"y", 1}}}}};
  EXPECT_EQ(render("{{a.b.c}}", view), "deep");
  EXPECT_EQ(render("{{#list}}{{x}} {{/list}}", view), "inner outer ");
  EXPECT_EQ(render("{{#a}}{{#b}}{{c}}{{x}}{{/b}}{{/a}}", view), "deepouter");
}

TEST_F(HtmlTest, WhatTheViewLacksIsTakenFromTheOuterOne) {
  add("templates/it.html", "{{x}} {{y}} {{#list}}{{x}}{{y}}{{/list}}");
  const auto templates = compile();
  ASSERT_TRUE(templates.ok());
  const View view = {{"x", "own"}, {"list", {{{"y", "element's"}}}}};
  const View outer = {{"x", "outer"}, {"y", "outer"}};
  EXPECT_EQ(templates->render("it", view, "en", &outer).value(), "own outer ownelement&#39;s");
  EXPECT_FALSE(templates->render("it", view, "en").ok());
}

TEST_F(HtmlTest, SectionsForWhatIsThere) {
  const View view = {{"yes", true},           {"no", false}, {"zero", 0},      {"empty", ""},
                     {"none", View::array()}, {"text", "t"}, {"list", {1, 2}}, {"null", nullptr}};
  EXPECT_EQ(render("{{#yes}}y{{/yes}}{{#text}}t{{/text}}", view), "yt");
  EXPECT_EQ(render("{{#no}}x{{/no}}{{#zero}}x{{/zero}}{{#empty}}x{{/empty}}{{#none}}x{{/none}}"
                   "{{#null}}x{{/null}}{{#absent}}x{{/absent}}",
                   view),
            "");
  EXPECT_EQ(
      render("{{^no}}1{{/no}}{{^absent}}2{{/absent}}{{^yes}}x{{/yes}}{{^list}}x{{/list}}", view),
      "12");
  EXPECT_EQ(render("{{#list}}[{{.}}]{{/list}}", view), "[1][2]");
}

TEST_F(HtmlTest, TagsAloneOnALineLeaveNoLine) {
  EXPECT_EQ(render("a\n  {{#list}}\n  {{.}}\n  {{/list}}\n{{! comment }}\nb", {{"list", {1, 2}}}),
            "a\n  1\n  2\nb");
  EXPECT_EQ(render("a {{#x}}b{{/x}} c\n", {{"x", true}}), "a b c\n");
}

TEST_F(HtmlTest, LinksLeadNowhereThatRuns) {
  const auto link = [this](const char* url) { return render("<a href=\"{{u}}\">", {{"u", url}}); };
  for (const char* fine : {"/photos?a=1", "#top", "https://a.example/", "HTTP://a.example",
                           "mailto:a@example.org", "photo.jpg", "/a:b", ""}) {
    EXPECT_EQ(link(fine), "<a href=\"" + escape_html(fine) + "\">");
  }
  for (const char* wrong : {"javascript:alert(1)", "JavaScript:x", " javascript:x",
                            "data:text/html,x", "java\tscript:x", "vbscript:x"}) {
    EXPECT_EQ(link(wrong), "<a href=\"about:invalid\">") << wrong;
  }
  EXPECT_EQ(render("<form action='{{u}}'>", {{"u", "javascript:x"}}),
            "<form action='about:invalid'>");
  EXPECT_EQ(render("<a title=\"{{u}}\">", {{"u", "javascript:x"}}), "<a title=\"javascript:x\">");
}

TEST_F(HtmlTest, TextsInTheVisitorsLanguage) {
  EXPECT_EQ(render("{{t plain}}", View::object()), "a &amp; b");
  EXPECT_EQ(render("{{t plain}}", View::object(), "de"), "a und b");
  EXPECT_EQ(render("{{t plain}}", View::object(), "xx"), "a &amp; b") << "an unknown language";
  const View view = {{"name", "<i>"}, {"count", 12345}, {"one", 1}};
  EXPECT_EQ(render("{{t hello}}", view), "Hello &lt;b&gt;&lt;i&gt;&lt;/b&gt;");
  EXPECT_EQ(render("{{{t hello}}}", view), "Hello <b>&lt;i&gt;</b>") << "values stay escaped";
  EXPECT_EQ(render("{{t photos count}}", view), "12,345 photos");
  EXPECT_EQ(render("{{t photos count}}", view, "de"), "12.345 Fotos");
  EXPECT_EQ(render("{{t photos one}}", {{"one", 1}, {"count", 1}}), "1 photo");
  EXPECT_EQ(render("{{n count}}", view, "de"), "12.345");
  EXPECT_EQ(render("{{t brace}}", view), "open { only");
}

TEST_F(HtmlTest, AssetsByTheirUrls) {
  const std::string html = render("<link href=\"{{asset site.css}}\">", View::object());
  EXPECT_EQ(html, "<link href=\"" + assets_->find("site.css")->url + "\">");
  EXPECT_THAT(html, HasSubstr("/static/"));
}

TEST_F(HtmlTest, LayoutsAndParts) {
  add("templates/layout.html", "<t>{{$title}}default{{/title}}</t>{{$main}}{{/main}}|{{x}}");
  add("templates/wide.html",
      "{{<layout}}{{$main}}wide:{{$inner}}none{{/inner}}{{/main}}{{/layout}}");
  add("templates/parts/one.html", "({{x}})");
  const View view = {{"x", "X"}};
  EXPECT_EQ(render("{{<layout}}ignored{{$main}}M{{>parts/one}}{{/main}}{{/layout}}", view),
            "<t>default</t>M(X)|X");
  EXPECT_EQ(
      render("{{<layout}}{{$title}}T{{/title}}{{$main}}{{#x}}m{{/x}}{{/main}}{{/layout}}", view),
      "<t>T</t>m|X");
  EXPECT_EQ(render("{{<wide}}{{$inner}}I{{/inner}}{{$title}}T{{/title}}{{/wide}}", view),
            "<t>T</t>wide:I|X");
}

TEST_F(HtmlTest, MistakesInTemplatesNameFileAndLine) {
  add("templates/loop.html", "{{>loop}}");
  EXPECT_THAT(compile().error().message, HasSubstr("contains itself"));
  files_.pop_back();
  const auto mistake = [this](std::string_view text) { return render(text, View::object()); };
  EXPECT_EQ(mistake("\n\n{{x"), "ERROR templates/it.html line 3: a tag is not closed");
  EXPECT_THAT(mistake("a\n{{#x}}\n"), HasSubstr("line 2: {{/x}} is missing"));
  EXPECT_THAT(mistake("{{/x}}"), HasSubstr("closes nothing"));
  EXPECT_THAT(mistake("{{#x}}{{/y}}"), HasSubstr("closes nothing"));
  EXPECT_THAT(mistake("{{t nope}}"), HasSubstr("no text for nope in en"));
  EXPECT_THAT(mistake("{{t hello count}}"), HasSubstr("no text for hello"));
  EXPECT_THAT(mistake("{{asset nope.css}}"), HasSubstr("no asset nope.css"));
  EXPECT_THAT(mistake("{{>nope}}"), HasSubstr("line 1: there is no template nope"));
  EXPECT_THAT(mistake("{{<nope}}{{/nope}}"), HasSubstr("there is no template nope"));
  EXPECT_THAT(mistake("{{a b}}"), HasSubstr("none of t, n and asset"));
  EXPECT_THAT(mistake("{{a..b}}"), HasSubstr("is no name"));
  EXPECT_THAT(mistake("{{}}"), HasSubstr("is no name"));
  EXPECT_THAT(mistake("<a title={{x}}>"), HasSubstr("needs quotes"));
}

TEST_F(HtmlTest, MistakesInViewsNameFileAndLine) {
  EXPECT_EQ(render("\n{{x}}", View::object()), "ERROR templates/it.html line 2: the view has no x");
  EXPECT_THAT(render("{{x}}", {{"x", View::array({1})}}), HasSubstr("neither text nor number"));
  EXPECT_THAT(render("{{x.y}}", {{"x", "text"}}), HasSubstr("no x.y"));
  EXPECT_THAT(render("{{t hello}}", View::object()), HasSubstr("no name"));
  EXPECT_THAT(render("{{t photos x}}", {{"x", "many"}}), HasSubstr("no number x"));
  EXPECT_THAT(render("{{n x}}", {{"x", 0.5}}), HasSubstr("no whole number x"));
}

TEST(EmbeddedSite, TemplatesCompileAndTranslationsAreWhole) {
  EXPECT_FALSE(Templates::embedded().names().empty());
  EXPECT_THAT(Messages::embedded().differences(), ::testing::IsEmpty());
  for (const Catalogue& catalogue : Messages::embedded().catalogues()) {
    EXPECT_NE(catalogue.find("language.name"), nullptr) << catalogue.language();
  }
}

TEST(Messages, LanguageIsNegotiated) {
  std::vector<Catalogue> catalogues;
  for (const char* tag : {"en", "fr", "pt-BR"}) {
    catalogues.push_back(Catalogue::parse(R"({"a": "b"})", tag, "f").value());
  }
  const Messages messages = Messages::make(std::move(catalogues)).value();
  EXPECT_EQ(messages.negotiate("fr", "en"), "fr");
  EXPECT_EQ(messages.negotiate("fr-CA,en;q=0.5", "en"), "fr");
  EXPECT_EQ(messages.negotiate("de,en;q=0.5,fr;q=0.7", "en"), "fr");
  EXPECT_EQ(messages.negotiate("PT-br", "en"), "pt-BR");
  EXPECT_EQ(messages.negotiate("pt", "en"), "en") << "another variety may read quite differently";
  EXPECT_EQ(messages.negotiate("fr;q=0", "en"), "en");
  for (const char* nonsense : {"", ",,;", "fr;q=x", "*", "fr;x=1"}) {
    EXPECT_EQ(messages.negotiate(nonsense, "en"), "en") << nonsense;
  }
}

TEST(Messages, ASiteOffersTheLanguagesItNames) {
  std::vector<Catalogue> catalogues;
  for (const char* tag : {"en", "fr", "de"}) {
    catalogues.push_back(Catalogue::parse(R"({"a": "b"})", tag, "f").value());
  }
  const Messages all = Messages::make(std::move(catalogues)).value();
  const Messages two = all.offering({"de", "en"}).value();
  EXPECT_EQ(two.catalogues().front().language(), "de");
  EXPECT_FALSE(two.speaks("fr"));
  EXPECT_EQ(all.offering({})->catalogues().size(), 3U);
  EXPECT_THAT(all.offering({"xx"}).error().message, HasSubstr("xx"));
}

TEST(Messages, DifferencesOfTranslationsAreFound) {
  std::vector<Catalogue> catalogues;
  catalogues.push_back(
      Catalogue::parse(
          R"({"a": "x {n}", "b": "y", "c": {"one": "1", "other": "{count}"}, "d": "z"})", "en", "f")
          .value());
  catalogues.push_back(
      Catalogue::parse(R"({"a": "x {m}", "c": {"other": "{count}"}, "d": "z", "e": "more"})", "fr",
                       "f")
          .value());
  const Messages messages = Messages::make(std::move(catalogues)).value();
  EXPECT_THAT(messages.differences(),
              ::testing::ElementsAre("fr: other placeholders in a", "fr: no text for b",
                                     "fr: a text that nothing asks for: e"));
}

TEST(Messages, PluralsByTheRulesOfTheLanguage) {
  const auto form = [](const char* tag, double count) {
    const auto catalogue = Catalogue::parse(R"({"k": {"one": "one", "other": "other"}})", tag, "f");
    return *catalogue->find("k", count);
  };
  EXPECT_EQ(form("en", 0), "other");
  EXPECT_EQ(form("en", 1), "one");
  EXPECT_EQ(form("en", 2), "other");
  EXPECT_EQ(form("fr", 0), "one");
  EXPECT_EQ(form("fr-CA", 1), "one");
  EXPECT_EQ(form("yo", 1), "other");
  EXPECT_EQ(form("sw", 1), "one");
}

TEST(Messages, CataloguesSayWhatIsWrongWithThem) {
  EXPECT_THAT(Catalogue::parse("[", "en", "en.json").error().message, HasSubstr("en.json: "));
  EXPECT_THAT(Catalogue::parse("[]", "en", "en.json").error().message, HasSubstr("object"));
  EXPECT_THAT(Catalogue::parse(R"({"a":{"b":1}})", "en", "f").error().message, HasSubstr("a.b"));
  EXPECT_THAT(Catalogue::parse(R"({"a":""})", "en", "f").error().message, HasSubstr("f: a "));
  EXPECT_FALSE(Messages::make({}).ok());
}

}  // namespace
}  // namespace everyface::web
