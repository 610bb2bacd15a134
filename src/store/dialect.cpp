#include "store/dialect.h"

#include <algorithm>
#include <array>
#include <optional>

#include "everyface/base/text.h"

namespace everyface::store {
namespace {

struct Word {
  std::string_view written;
  std::string_view sqlite;
  std::string_view postgres;
};

constexpr std::array kWords = {
    Word{"BIGINT", "INTEGER", "BIGINT"},
    Word{"TIMESTAMP_MS", "INTEGER", "BIGINT"},
    Word{"DOUBLE", "REAL", "DOUBLE PRECISION"},
    Word{"BOOLEAN", "INTEGER", "BOOLEAN"},
    Word{"UUID", "TEXT", "UUID"},
    Word{"BYTES", "BLOB", "BYTEA"},
};

bool in_word(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

std::string_view translated(std::string_view word, DatabaseKind kind) {
  const auto* known = std::find_if(kWords.begin(), kWords.end(),
                                   [&](const Word& entry) { return entry.written == word; });
  if (known == kWords.end()) {
    return word;
  }
  return kind == DatabaseKind::kSqlite ? known->sqlite : known->postgres;
}

/// After the quote that closes the text which begins at `at`.
std::size_t end_of_quote(std::string_view text, std::size_t at) {
  const std::size_t close = text.find('\'', at + 1);
  return close == std::string_view::npos ? text.size() : close + 1;
}

}  // namespace

std::string in_dialect(std::string_view statement, DatabaseKind kind) {
  static constexpr std::string_view kLock = "FOR UPDATE";
  const bool sqlite = kind == DatabaseKind::kSqlite;
  std::string text;
  std::size_t at = 0;
  while (at < statement.size()) {
    std::size_t end = at + 1;
    if (statement[at] == '\'') {
      end = end_of_quote(statement, at);
      text += statement.substr(at, end - at);
    } else if (in_word(statement[at])) {
      while (end < statement.size() && in_word(statement[end])) {
        ++end;
      }
      if (sqlite && statement.substr(at).starts_with(kLock)) {
        end = at + kLock.size();
      } else {
        text += translated(statement.substr(at, end - at), kind);
      }
    } else {
      text += statement[at];
    }
    at = end;
  }
  if (sqlite && trim(statement).starts_with("CREATE TABLE")) {
    text += " STRICT";
  }
  return text;
}

Result<std::vector<std::string>> split_script(std::string_view script) {
  std::vector<std::string> statements;
  std::string statement;
  std::size_t line = 1;
  const auto wrong = [&](const std::string& what) {
    return Error{"line " + std::to_string(line) + ": " + what};
  };
  for (std::size_t at = 0; at < script.size();) {
    std::size_t end = at + 1;
    if (script[at] == '\'') {
      end = end_of_quote(script, at);
      statement += script.substr(at, end - at);
    } else if (script.substr(at).starts_with("--")) {
      end = std::min(script.find('\n', at), script.size());
    } else if (script[at] == ';') {
      const std::string_view finished = trim(statement);
      const SqlParameters found = find_sql_parameters(finished);
      if (finished.empty() || found.problem != nullptr || found.count > 0) {
        return wrong(finished.empty()           ? "a statement is empty"
                     : found.problem != nullptr ? found.problem
                                                : "a migration's statement takes no parameters");
      }
      statements.emplace_back(finished);
      statement.clear();
    } else {
      statement += script[at];
    }
    line += static_cast<std::size_t>(std::count(script.begin() + static_cast<std::ptrdiff_t>(at),
                                                script.begin() + static_cast<std::ptrdiff_t>(end),
                                                '\n'));
    at = end;
  }
  if (!trim(statement).empty()) {
    return wrong("the last statement does not end in a semicolon");
  }
  return statements;
}

}  // namespace everyface::store
