// Statement texts that are fixed when the program is compiled.
//
// A statement is written as sql("SELECT ... WHERE id = :id"). The text can only be a literal: there
// is no way to make one out of a string at run time, so nothing a visitor sends can become part of
// a statement, and tools/check_sql finds every statement by reading the sources. docs/sql.md lists
// the SQL that is allowed: what SQLite, PostgreSQL and CockroachDB all take.
#pragma once

#include <array>
#include <cstddef>
#include <stdexcept>
#include <string_view>

namespace everyface {

/// Most parameters of one statement.
inline constexpr std::size_t kMaxSqlParameters = 40;

/// The parameters of a statement, in order of first appearance.
struct SqlParameters {
  std::array<std::string_view, kMaxSqlParameters> names{};
  std::size_t count = 0;
  const char* problem = nullptr;  ///< why the text is no statement
};

/// Finds ":name" outside of quotes. A problem: more than one statement, comments, casts by "::",
/// open quotes, too many parameters.
constexpr SqlParameters find_sql_parameters(std::string_view text) {
  const auto in_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  SqlParameters found;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    if (c == '\'') {
      at = text.find('\'', at + 1);
      if (at == std::string_view::npos) {
        found.problem = "a quote is not closed";
        return found;
      }
    } else if (c == ';' || c == '"' || c == '\\' || c == '$' || c == '?' || c == '\0') {
      found.problem = "a character that statements do not need: ; \" \\ $ ? or zero";
      return found;
    } else if ((c == '-' && next == '-') || (c == '/' && next == '*')) {
      found.problem = "comments belong outside of the statement";
      return found;
    } else if (c == ':') {
      std::size_t end = at + 1;
      while (end < text.size() && in_name(text[end])) {
        ++end;
      }
      const std::string_view name = text.substr(at + 1, end - at - 1);
      if (name.empty()) {
        found.problem = "after ':' comes a parameter's name in lower case; for casts use CAST()";
        return found;
      }
      bool known = false;
      for (std::size_t i = 0; i < found.count; ++i) {
        known = known || found.names[i] == name;
      }
      if (!known && found.count == kMaxSqlParameters) {
        found.problem = "too many parameters";
        return found;
      }
      if (!known) {
        found.names[found.count++] = name;
      }
      at = end - 1;
    }
  }
  return found;
}

/// A statement's text. Made by sql().
class Sql {
 public:
  template <std::size_t N>
  consteval explicit Sql(const char (&literal)[N]) : text_(literal, N - 1) {
    const SqlParameters found = find_sql_parameters(text_);
    if (found.problem != nullptr) {
      throw std::logic_error(found.problem);  // stops the compiler, which shows this line
    }
    parameters_ = found.count;
  }

  /// Lives as long as the program.
  [[nodiscard]] constexpr std::string_view text() const { return text_; }
  /// Parameters by name: one that is written twice counts once.
  [[nodiscard]] constexpr std::size_t parameters() const { return parameters_; }

 private:
  std::string_view text_;
  std::size_t parameters_ = 0;
};

/// sql("DELETE FROM photos WHERE id = :id"): does not compile where the text is not a literal or
/// not one plain statement.
template <std::size_t N>
consteval Sql sql(const char (&literal)[N]) {
  return Sql(literal);
}

/// A statement for as many values as there are in `Values`; the compiler refuses another count.
template <typename... Values>
class SqlFor {
 public:
  consteval SqlFor(Sql statement) : statement_(statement) {  // NOLINT(*-explicit-*)
    if (statement.parameters() != sizeof...(Values)) {
      throw "a statement takes as many values as it has parameters";
    }
  }
  [[nodiscard]] constexpr std::string_view text() const { return statement_.text(); }

 private:
  Sql statement_;
};

}  // namespace everyface
