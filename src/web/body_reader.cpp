#include "web/body_reader.h"

#include "everyface/base/text.h"

namespace everyface::web {
namespace {

Response refusal(const Error& error) {
  return Response::problem(error.code == "too_large" ? 413 : 400, error.message);
}

/// "application/json" for "Application/JSON; charset=utf-8".
std::string media_type(std::string_view content_type) {
  return lower_case(trim(content_type.substr(0, content_type.find(';'))));
}

}  // namespace

std::variant<BodyReader, Response> BodyReader::make(const RouteOptions& options,
                                                    const BodyHead& head,
                                                    std::string_view content_type,
                                                    const FormLimits& limits) {
  BodyReader reader;
  reader.kind_ = options.body;
  reader.most_bytes_ = options.max_body_bytes;
  reader.limits_ = limits;
  if (!head.expected()) {
    reader.kind_ = BodyKind::kRaw;  // nothing to parse
    return reader;
  }
  if (options.body == BodyKind::kNone || head.length > options.max_body_bytes) {
    return Response::problem(413);
  }
  const std::string type = media_type(content_type);
  if (options.body == BodyKind::kRaw ||
      (options.body == BodyKind::kJson && type == "application/json")) {
    return reader;
  }
  if (options.body == BodyKind::kForm && type == "application/x-www-form-urlencoded") {
    return reader;
  }
  auto boundary = multipart_boundary(content_type);
  if (options.body == BodyKind::kJson || !boundary) {
    return Response::problem(415);
  }
  if (options.body == BodyKind::kForm) {
    reader.limits_.files = 0;
  }
  reader.multipart_.emplace(std::move(*boundary), reader.limits_);
  return reader;
}

std::optional<Response> BodyReader::feed(std::string_view piece) {
  bytes_ += piece.size();
  if (bytes_ > most_bytes_) {
    return Response::problem(413);
  }
  if (!multipart_) {
    text_ += piece;
    return std::nullopt;
  }
  const auto fed = multipart_->feed(piece);
  return fed ? std::nullopt : std::optional(refusal(fed.error()));
}

std::optional<Response> BodyReader::finish(Request& request) {
  if (multipart_) {
    const auto finished = multipart_->finish(request);
    return finished ? std::nullopt : std::optional(refusal(finished.error()));
  }
  if (kind_ != BodyKind::kForm) {
    request.body = std::move(text_);
    return std::nullopt;
  }
  auto form = parse_urlencoded(text_, limits_);
  if (!form) {
    return refusal(form.error());
  }
  request.form = std::move(*form);
  return std::nullopt;
}

}  // namespace everyface::web
