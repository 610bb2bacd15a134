// Multipart forms, whole and in pieces. The first byte says how long the pieces are.
#include <algorithm>

#include "everyface/web/forms.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace everyface;

/// What a form holds, as one text; or its error.
std::string parse(std::string_view body, std::size_t piece) {
  web::FormLimits limits;
  limits.fields = 8;
  limits.files = 4;
  limits.value_bytes = 256;
  limits.file_bytes = 1024;
  web::MultipartParser parser("B", limits);
  while (!body.empty()) {
    const std::size_t length = std::min(piece, body.size());
    if (const auto fed = parser.feed(body.substr(0, length)); !fed) {
      fuzz::require_message(fed.error().message);
      return "error: " + fed.error().message;
    }
    body.remove_prefix(length);
  }
  web::Request request;
  if (const auto finished = parser.finish(request); !finished) {
    fuzz::require_message(finished.error().message);
    return "error: " + finished.error().message;
  }
  fuzz::require(request.form.size() <= limits.fields, "fields are bounded");
  fuzz::require(request.uploads.size() <= limits.files, "files are bounded");
  std::string all;
  for (const auto& [name, value] : request.form) {
    fuzz::require(to_valid_utf8(value) == value, "fields are text");
    all += name + "=" + value + "\n";
  }
  for (const web::Upload& upload : request.uploads) {
    fuzz::require(upload.content.size() <= limits.file_bytes, "files are bounded");
    fuzz::require(to_valid_utf8(upload.file_name) == upload.file_name, "file names are text");
    all += upload.field + " " + upload.file_name + " " + upload.content.read().value() + "\n";
  }
  return all;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (text.empty()) {
    return 0;
  }
  const std::string_view body = text.substr(1);
  const std::string whole = parse(body, body.size() + 1);
  const std::string pieces = parse(body, 1 + static_cast<unsigned char>(text.front()) % 32U);
  fuzz::require(whole == pieces || (whole.starts_with("error") && pieces.starts_with("error")),
                "where the pieces end does not matter");
  (void)web::multipart_boundary(text);
  return 0;
}
