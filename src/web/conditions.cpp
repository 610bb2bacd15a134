// RFC 9110 sections 13 (conditional requests) and 14 (ranges).
#include <algorithm>

#include "everyface/base/text.h"
#include "everyface/web/forms.h"
#include "everyface/web/response.h"

namespace everyface::web {
namespace {

/// Compares weakly (section 13.1.2), as If-None-Match does.
bool any_matches(std::string_view if_none_match, std::string_view etag) {
  for (std::string_view candidate : split(if_none_match, ',')) {
    candidate = trim(candidate);
    if (candidate == "*") {
      return true;
    }
    if (candidate.starts_with("W/")) {
      candidate.remove_prefix(2);
    }
    if (candidate == etag) {
      return true;
    }
  }
  return false;
}

}  // namespace

void apply_conditions(const Headers& request, bool safe_method, Response& response) {
  const std::string etag(response.headers().get("ETag"));
  if (!safe_method || response.status() != 200 || etag.empty()) {
    return;
  }
  if (const auto known = request.find("If-None-Match"); known && any_matches(*known, etag)) {
    response.status_ = 304;
    response.body_.clear();
    response.static_body_ = {};
    response.source_ = nullptr;
    return;
  }
  const auto range = request.find("Range");
  if (!range || !response.source_) {
    return;
  }
  // A date in If-Range is never strong enough for us, so it gets the whole.
  if (const auto if_range = request.find("If-Range"); if_range && *if_range != etag) {
    return;
  }
  const std::uint64_t size = response.source_->size();
  const RangeRequest wanted = parse_range(*range, size);
  if (wanted.kind == RangeRequest::Kind::kPart) {
    response.status_ = 206;
    response.part_ = {wanted.range.first, wanted.range.length};
    const std::uint64_t last = wanted.range.first + wanted.range.length - 1;
    response.set_header("Content-Range", "bytes " + std::to_string(wanted.range.first) + "-" +
                                             std::to_string(last) + "/" + std::to_string(size));
  } else if (wanted.kind == RangeRequest::Kind::kUnsatisfiable) {
    response.status_ = 416;
    response.source_ = nullptr;
    response.headers_.remove("Content-Disposition");
    response.set_header("Content-Range", "bytes */" + std::to_string(size));
  }
}

}  // namespace everyface::web
