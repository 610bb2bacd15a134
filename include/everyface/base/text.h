// Reading numbers and lists out of text, strictly: the whole text must be the value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace everyface {

/// Without white space (blank, tab, CR, LF) at both ends.
std::string_view trim(std::string_view text);

/// A finite decimal number such as "-2", "0.5" or "1e-4"; nothing else before or after it.
std::optional<double> parse_number(std::string_view text);

/// A whole decimal number that fits in an int.
std::optional<int> parse_int(std::string_view text);

/// The parts between separators that are not inside parentheses:
/// split_outside_parentheses("a,b(c,d)", ',') is {"a", "b(c,d)"}. An empty text has no parts.
std::vector<std::string> split_outside_parentheses(std::string_view text, char separator);

/// The parts between all separators; an empty text has one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);

/// The parts between runs of blanks and tabs.
std::vector<std::string_view> split_blanks(std::string_view text);

std::string join(const std::vector<std::string>& parts, std::string_view separator);

std::string lower_case(std::string_view ascii);

/// The candidate nearest to `word` by edit distance, for "did you mean"; empty when none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// The shortest decimal text that reads back as the same double ("0.1", "12", "1e-07").
std::string shortest_number(double value);

/// Valid UTF-8, with each byte that is not replaced by U+FFFD: JSON and HTML take nothing else, and
/// file names may be any bytes.
std::string to_valid_utf8(std::string_view bytes);

}  // namespace everyface
