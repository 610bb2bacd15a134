// A request's body, from its pieces to what handlers read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "everyface/web/forms.h"
#include "everyface/web/router.h"

namespace everyface::web {

/// How the head says that the body comes.
struct BodyHead {
  bool chunked = false;
  std::uint64_t length = 0;  ///< where it is not chunked
  [[nodiscard]] bool expected() const { return chunked || length > 0; }
};

class BodyReader {
 public:
  /// Or why the body is not read: 413 too long or not wanted, 415 of another type.
  static std::variant<BodyReader, Response> make(const RouteOptions& options, const BodyHead& head,
                                                 std::string_view content_type,
                                                 const FormLimits& limits);

  /// The refusal where the piece makes the body too long or malformed.
  std::optional<Response> feed(std::string_view piece);
  /// Fills the request; the refusal where the body is malformed.
  std::optional<Response> finish(Request& request);

 private:
  BodyReader() = default;
  BodyKind kind_ = BodyKind::kNone;
  std::uint64_t most_bytes_ = 0;
  std::uint64_t bytes_ = 0;
  FormLimits limits_;
  std::string text_;
  std::optional<MultipartParser> multipart_;
};

}  // namespace everyface::web
