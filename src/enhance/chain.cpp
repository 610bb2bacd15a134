// Reading chains. The grammar (white space may stand around every part):
//   chain     = step *("+" step)
//   step      = name ["(" [parameter *("," parameter)] ")"]
//   parameter = name "=" ("auto" / number)
#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "enhance/method.h"
#include "everyface/base/text.h"

namespace everyface {
namespace {

/// Text of the user's inside a message: valid UTF-8, without control characters, not too long.
std::string quoted(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  std::string shown = to_valid_utf8(text.substr(0, kLongest));
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, ' ');
  return "'" + shown + (text.size() > kLongest ? "…'" : "'");
}

Error chain_error(std::string_view chain, const std::string& what) {
  return Error{"enhancement chain " + quoted(chain) + ": " + what};
}

/// ": did you mean 'x'?", or else what may stand there.
std::string hint(std::string_view word, const std::vector<std::string>& known) {
  // Only short words can be near a known name, and long ones take long to compare.
  constexpr std::size_t kLongestName = 40;
  const std::string near = word.size() <= kLongestName ? nearest(lower_case(word), known) : "";
  return near.empty() ? "; known are " + join(known, ", ") : "; did you mean '" + near + "'?";
}

/// The first parenthesis that has no partner, as a message; none: they all have one.
std::optional<std::string> unbalanced(std::string_view text) {
  std::optional<std::size_t> open;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string place = "character " + std::to_string(i + 1);
    if (text[i] == '(') {
      if (open) {
        return "the parenthesis at " + place + " stands inside the one at character " +
               std::to_string(*open + 1) + "; write method(name=value,…)";
      }
      open = i;
    } else if (text[i] == ')') {
      if (!open) {
        return "the parenthesis at " + place + " closes none; remove it or open one before it";
      }
      open.reset();
    }
  }
  if (open) {
    return "the parenthesis at character " + std::to_string(*open + 1) +
           " is never closed; add ')'";
  }
  return std::nullopt;
}

std::string range_text(const Parameter& parameter) {
  return std::string(parameter.whole ? "a whole number" : "a number") + " from " +
         shortest_number(parameter.low) + " to " + shortest_number(parameter.high) +
         (std::isnan(parameter.fallback) ? ", or auto" : "");
}

/// A parameter's value from its text; nothing where it is none.
std::optional<double> read_value(const Parameter& parameter, std::string_view text) {
  if (text == "auto" && std::isnan(parameter.fallback)) {
    return parameter.fallback;
  }
  const std::optional<double> value = parse_number(text);
  if (!value || *value < parameter.low || *value > parameter.high ||
      (parameter.whole && *value != std::floor(*value))) {
    return std::nullopt;
  }
  return *value + 0.0;  // -0 is written as 0
}

bool same_value(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

/// Reads "name=value,…" into the values. What is wrong, or nothing.
std::optional<std::string> read_parameters(const Method& method, std::string_view text,
                                           ParameterValues& values) {
  if (trim(text).empty()) {
    return std::nullopt;
  }
  std::vector<std::string> names;
  for (const Parameter& parameter : method.parameters) {
    names.push_back(parameter.name);
  }
  if (names.empty()) {
    return method.name + " takes no parameters; remove " + quoted(text);
  }
  std::set<std::string> given;
  for (const std::string_view part : split(text, ',')) {
    const std::size_t equals = part.find('=');
    const std::string_view name = trim(part.substr(0, equals));
    if (equals == std::string_view::npos) {
      return method.name + ": " + quoted(trim(part)) + " is not name=value; known names are " +
             join(names, ", ");
    }
    const auto parameter = std::find_if(method.parameters.begin(), method.parameters.end(),
                                        [&](const Parameter& p) { return p.name == name; });
    if (parameter == method.parameters.end()) {
      return method.name + " has no parameter " + quoted(name) + hint(name, names);
    }
    if (!given.insert(parameter->name).second) {
      return method.name + ": " + parameter->name + " is given twice; keep one";
    }
    const std::string_view value_text = trim(part.substr(equals + 1));
    const std::optional<double> value = read_value(*parameter, value_text);
    if (!value) {
      return method.name + ": " + parameter->name + "=" + quoted(value_text) + " is not " +
             range_text(*parameter);
    }
    values[parameter->name] = *value;
  }
  return std::nullopt;
}

std::string step_name(const Method& method, const ParameterValues& values) {
  std::vector<std::string> parts;
  for (const Parameter& parameter : method.parameters) {
    const double value = values.at(parameter.name);
    if (!same_value(value, parameter.fallback)) {
      parts.push_back(parameter.name + "=" + shortest_number(value));
    }
  }
  return parts.empty() ? method.name : method.name + "(" + join(parts, ",") + ")";
}

}  // namespace

Result<Chain> Chain::parse(std::string_view text) {
  if (trim(text).empty()) {
    return Error{"enhancement chain is empty; write 'none' for no enhancement"};
  }
  if (const auto problem = unbalanced(text)) {
    return chain_error(text, *problem);
  }
  std::vector<std::string> known;
  for (const Method& method : enhancement_methods()) {
    known.push_back(method.name);
  }
  Chain chain;
  std::vector<std::string> names;
  for (const std::string& part : split_outside_parentheses(text, '+')) {
    const std::string_view step = trim(part);
    const std::size_t open = step.find('(');
    const std::string_view name = trim(step.substr(0, open));
    if (name.empty()) {
      return chain_error(text, "a method's name is missing; write METHOD or METHOD+METHOD");
    }
    const auto method = std::find_if(enhancement_methods().begin(), enhancement_methods().end(),
                                     [&](const Method& m) { return m.name == name; });
    if (method == enhancement_methods().end()) {
      return chain_error(text, "no method is called " + quoted(name) + hint(name, known));
    }
    ParameterValues values;
    for (const Parameter& parameter : method->parameters) {
      values[parameter.name] = parameter.fallback;
    }
    if (open != std::string_view::npos) {
      const std::size_t close = step.find(')', open);
      if (close + 1 != step.size()) {
        return chain_error(text, quoted(trim(step.substr(close + 1))) + " follows " + method->name +
                                     "(…); join methods with '+'");
      }
      if (const auto problem =
              read_parameters(*method, step.substr(open + 1, close - open - 1), values)) {
        return chain_error(text, *problem);
      }
    }
    names.push_back(step_name(*method, values));
    chain.steps_.push_back({&*method, std::move(values)});
  }
  chain.name_ = join(names, "+");
  return chain;
}

std::vector<std::string> Chain::models() const {
  std::vector<std::string> models;
  for (const Step& step : steps_) {
    const std::string& model = step.method->model;
    if (!model.empty() && std::find(models.begin(), models.end(), model) == models.end()) {
      models.push_back(model);
    }
  }
  return models;
}

Result<std::vector<std::unique_ptr<Enhancer>>> Chain::make(const ModelRegistry& models) const {
  std::vector<std::unique_ptr<Enhancer>> enhancers;
  for (const Step& step : steps_) {
    auto enhancer = step.method->make(step.values, models);
    if (!enhancer) {
      return enhancer.error();
    }
    enhancers.push_back(std::move(*enhancer));
  }
  return enhancers;
}

Result<std::vector<Chain>> parse_chains(std::string_view text) {
  if (trim(text).empty()) {
    return Error{"the list of enhancement chains is empty; write 'none' for no enhancement"};
  }
  if (const auto problem = unbalanced(text)) {
    return chain_error(text, *problem);
  }
  std::vector<Chain> chains;
  std::set<std::string> names;
  for (const std::string& part : split_outside_parentheses(text, ',')) {
    if (trim(part).empty()) {
      return chain_error(text, "chain " + std::to_string(chains.size() + 1) +
                                   " of the list is empty; remove the comma before or after it");
    }
    auto chain = Chain::parse(part);
    if (!chain) {
      return chain.error();
    }
    if (!names.insert(chain->name()).second) {
      return chain_error(text, "the list has " + chain->name() + " twice; keep one");
    }
    chains.push_back(std::move(*chain));
  }
  return chains;
}

}  // namespace everyface
