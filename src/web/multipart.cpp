#include <algorithm>
#include <optional>

#include "everyface/base/text.h"
#include "everyface/web/forms.h"

namespace everyface::web {
namespace {

constexpr std::size_t kMostHeaderBytes = 4096;  // of one part
constexpr std::size_t kMostBoundaryBytes = 70;  // RFC 2046

/// The parameters of a header value after its first ';': name=token or name="quoted". In quotes a
/// backslash stands for itself, as browsers send it, except before a quote. None where malformed.
std::optional<Fields> parse_parameters(std::string_view text) {
  Fields parameters;
  text = trim(text);
  while (!text.empty()) {
    if (text.front() != ';') {
      return std::nullopt;
    }
    text = trim(text.substr(1));
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return std::nullopt;
    }
    const std::string name = lower_case(text.substr(0, equals));
    text.remove_prefix(equals + 1);
    std::string value;
    if (text.starts_with('"')) {
      std::size_t at = 1;
      for (; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] == '"') {
          ++at;
        }
        value += text[at];
      }
      if (at == text.size()) {
        return std::nullopt;
      }
      text = trim(text.substr(at + 1));
    } else {
      const std::size_t end = std::min(text.find(';'), text.size());
      value = trim(text.substr(0, end));
      text.remove_prefix(end);
    }
    if (parameters.has(name)) {
      return std::nullopt;
    }
    parameters.add(name, std::move(value));
  }
  return parameters;
}

bool is_text(std::string_view text) {
  return text.find('\0') == std::string_view::npos && to_valid_utf8(text) == text;
}

}  // namespace

std::optional<std::string> multipart_boundary(std::string_view content_type) {
  const std::size_t semicolon = content_type.find(';');
  if (semicolon == std::string_view::npos ||
      lower_case(trim(content_type.substr(0, semicolon))) != "multipart/form-data") {
    return std::nullopt;
  }
  const auto parameters = parse_parameters(content_type.substr(semicolon));
  if (!parameters) {
    return std::nullopt;
  }
  std::string boundary(parameters->get("boundary"));
  constexpr std::string_view kMarks = "'()+_,-./:=? ";
  const bool well_formed = std::all_of(boundary.begin(), boundary.end(), [kMarks](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
  if (boundary.empty() || boundary.size() > kMostBoundaryBytes || !well_formed ||
      boundary.back() == ' ') {
    return std::nullopt;
  }
  return boundary;
}

struct MultipartParser::State {
  enum class Where : std::uint8_t { kStart, kAfterBoundary, kHeaders, kData, kEnd };

  State(std::string boundary, FormLimits form_limits)
      : delimiter("\r\n--" + std::move(boundary)), limits(std::move(form_limits)) {}

  std::string delimiter;
  FormLimits limits;
  Where where = Where::kStart;
  std::string pending = "\r\n";  ///< as if before the first boundary, so that all look the same
  Fields fields;
  std::vector<Upload> uploads;
  std::string name;            ///< of the part under way
  std::string value;           ///< of it, where it is no file
  std::optional<Upload> file;  ///< where it is one

  /// Takes what it can from the front of `rest`; true where it must wait for more.
  Result<bool> step(std::string_view& rest);
  Result<bool> start(std::string_view& rest);
  Result<bool> after_boundary(std::string_view& rest);
  Result<bool> headers(std::string_view& rest);
  Result<bool> data(std::string_view& rest);
  Result<void> begin_part(std::string_view block);
  Result<void> take(std::string_view bytes);
  void end_part();
};

Result<bool> MultipartParser::State::step(std::string_view& rest) {
  switch (where) {
    case Where::kStart:
      return start(rest);
    case Where::kAfterBoundary:
      return after_boundary(rest);
    case Where::kHeaders:
      return headers(rest);
    case Where::kData:
      return data(rest);
    case Where::kEnd:
      break;
  }
  if (!std::string_view("\r\n").starts_with(rest)) {
    return Error{"the form goes on after its closing boundary"};
  }
  return true;
}

Result<bool> MultipartParser::State::start(std::string_view& rest) {
  if (rest.size() < delimiter.size()) {
    return true;
  }
  if (!rest.starts_with(delimiter)) {
    return Error{"the form does not begin with its boundary"};
  }
  rest.remove_prefix(delimiter.size());
  where = Where::kAfterBoundary;
  return false;
}

Result<bool> MultipartParser::State::after_boundary(std::string_view& rest) {
  if (rest.size() < 2) {
    return true;
  }
  if (rest.starts_with("\r\n")) {
    where = Where::kHeaders;
  } else if (rest.starts_with("--")) {
    where = Where::kEnd;
  } else {
    return Error{"a boundary of the form is followed by something else"};
  }
  rest.remove_prefix(2);
  return false;
}

Result<bool> MultipartParser::State::headers(std::string_view& rest) {
  const std::size_t end = rest.substr(0, kMostHeaderBytes).find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (rest.size() >= kMostHeaderBytes) {
      return Error{"a part of the form has more than " + std::to_string(kMostHeaderBytes) +
                   " bytes of headers"};
    }
    return true;
  }
  if (auto begun = begin_part(rest.substr(0, end)); !begun) {
    return begun.error();
  }
  rest.remove_prefix(end + 4);
  where = Where::kData;
  return false;
}

Result<void> MultipartParser::State::begin_part(std::string_view block) {
  std::optional<Fields> disposition;
  std::string type = "application/octet-stream";
  while (!block.empty()) {
    const std::size_t end = std::min(block.find("\r\n"), block.size());
    const std::string_view line = block.substr(0, end);
    block.remove_prefix(std::min(end + 2, block.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) {
      return Error{"a part of the form has a malformed header"};
    }
    const std::string header = lower_case(line.substr(0, colon));
    const std::string_view content = trim(line.substr(colon + 1));
    if (header == "content-disposition") {
      const std::size_t semicolon = std::min(content.find(';'), content.size());
      if (disposition || lower_case(trim(content.substr(0, semicolon))) != "form-data") {
        return Error{"a part of the form is not form-data"};
      }
      disposition = parse_parameters(content.substr(semicolon));
      if (!disposition) {
        return Error{"a part of the form has a malformed Content-Disposition"};
      }
    } else if (header == "content-type") {
      type = content;
    } else if (header == "content-transfer-encoding" && lower_case(content) != "binary" &&
               lower_case(content) != "8bit" && lower_case(content) != "7bit") {
      return Error{"a part of the form has a transfer encoding; forms have none"};
    }
  }
  if (!disposition || disposition->get("name").empty()) {
    return Error{"a part of the form has no name"};
  }
  name = disposition->get("name");
  if (name.size() > limits.name_bytes || !is_text(name) || !is_text(type)) {
    return Error{"a part of the form has a name or type that is too long or not UTF-8"};
  }
  value.clear();
  file.reset();
  if (const auto file_name = disposition->find("filename")) {
    if (uploads.size() == limits.files) {
      return Error{"more than " + std::to_string(limits.files) + " files at once", "too_large"};
    }
    file.emplace(Upload{name, to_valid_utf8(*file_name), type,
                        Spool(limits.memory_bytes, limits.spool_folder)});
  } else if (fields.size() == limits.fields) {
    return Error{"the form has more than " + std::to_string(limits.fields) + " fields"};
  }
  return {};
}

Result<void> MultipartParser::State::take(std::string_view bytes) {
  if (!file) {
    if (value.size() + bytes.size() > limits.value_bytes) {
      return Error{"the field \"" + name + "\" is longer than " +
                   std::to_string(limits.value_bytes) + " bytes"};
    }
    value += bytes;
    return {};
  }
  if (file->content.size() + bytes.size() > limits.file_bytes) {
    return Error{"a file is larger than " + std::to_string(limits.file_bytes >> 20U) + " MB",
                 "too_large"};
  }
  return file->content.append(bytes);
}

Result<bool> MultipartParser::State::data(std::string_view& rest) {
  const std::size_t end = rest.find(delimiter);
  const bool found = end != std::string_view::npos;
  // The last bytes may be the beginning of a delimiter.
  const std::size_t ready = found ? end : rest.size() - std::min(rest.size(), delimiter.size() - 1);
  if (auto taken = take(rest.substr(0, ready)); !taken) {
    return taken.error();
  }
  rest.remove_prefix(ready);
  if (!found) {
    return true;
  }
  rest.remove_prefix(delimiter.size());
  if (!file && !is_text(value)) {
    return Error{"the field \"" + name + "\" is not UTF-8"};
  }
  end_part();
  where = Where::kAfterBoundary;
  return false;
}

void MultipartParser::State::end_part() {
  if (!file) {
    fields.add(name, std::move(value));
    return;
  }
  const bool nothing_chosen = file->file_name.empty() && file->content.size() == 0;
  if (!nothing_chosen) {
    uploads.push_back(std::move(*file));
  }
  file.reset();
}

MultipartParser::MultipartParser(std::string boundary, FormLimits limits)
    : state_(std::make_unique<State>(std::move(boundary), std::move(limits))) {}
MultipartParser::MultipartParser(MultipartParser&& other) noexcept = default;
MultipartParser& MultipartParser::operator=(MultipartParser&& other) noexcept = default;
MultipartParser::~MultipartParser() = default;

Result<void> MultipartParser::feed(std::string_view piece) {
  state_->pending += piece;
  std::string_view rest = state_->pending;
  for (;;) {
    auto waits = state_->step(rest);
    if (!waits) {
      return waits.error();
    }
    if (*waits) {
      break;
    }
  }
  state_->pending.erase(0, state_->pending.size() - rest.size());
  return {};
}

Result<void> MultipartParser::finish(Request& request) {
  if (state_->where != State::Where::kEnd) {
    return Error{"the form is cut off"};
  }
  request.form = std::move(state_->fields);
  request.uploads = std::move(state_->uploads);
  return {};
}

}  // namespace everyface::web
