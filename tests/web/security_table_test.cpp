// docs/security.md names tests as proof: they must exist.
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "everyface/base/file.h"
#include "tests/testing.h"

namespace everyface {
namespace {

/// "Suite.Name" of every test of the project.
std::set<std::string> tests_of_the_project() {
  const std::regex declaration(R"(TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\))");
  std::set<std::string> names;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(testing::source_folder() / "tests")) {
    if (entry.path().extension() != ".cpp") {
      continue;
    }
    const std::string text = read_file(entry.path()).value();
    for (std::sregex_iterator found(text.begin(), text.end(), declaration), end; found != end;
         ++found) {
      names.insert((*found)[1].str() + "." + (*found)[2].str());
    }
  }
  return names;
}

TEST(SecurityTable, EveryTestItNamesExists) {
  const std::set<std::string> tests = tests_of_the_project();
  const auto page = read_file(testing::source_folder() / "docs" / "security.md");
  ASSERT_TRUE(page.ok()) << page.error().message;
  const std::regex name(R"(`([A-Z]\w+\.[A-Z]\w+)`)");
  std::size_t named = 0;
  for (std::sregex_iterator found(page->begin(), page->end(), name), end; found != end; ++found) {
    ++named;
    EXPECT_TRUE(tests.contains((*found)[1].str())) << (*found)[1].str();
  }
  EXPECT_GT(named, 30U);
}

}  // namespace
}  // namespace everyface
