// Strict, bounded parsers of what clients send: queries, forms, cookies, ranges, JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/web/request.h"

namespace everyface::web {

struct FormLimits {
  std::size_t fields = 256;
  std::size_t name_bytes = 128;
  std::size_t value_bytes = 64 * 1024;  ///< of one field that is not a file
  std::size_t files = 20;
  std::uint64_t file_bytes = std::uint64_t{20} << 20U;
  std::size_t memory_bytes = 256 * 1024;  ///< of one file, beyond which it goes to disk
  std::string spool_folder = "/tmp";
};

/// Decodes %41; `plus_is_blank` is for forms. None: a broken escape, a NUL, or what is not UTF-8.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank);

/// Everything but letters, digits and -._~ as %41.
std::string percent_encode(std::string_view text);

/// "a=1&b=two+words". Errors: a broken escape, a NUL, text that is not UTF-8, more or longer fields
/// than the limits.
Result<Fields> parse_urlencoded(std::string_view text, const FormLimits& limits = {});

/// The Cookie header: "a=1; b=2". What is malformed is left out: other sites of the same host may
/// have set it. At most 64 cookies.
Fields parse_cookies(std::string_view header);

/// The boundary of a Content-Type such as "multipart/form-data; boundary=x"; none where the type is
/// another or the boundary is not one (RFC 2046: 1 to 70 of its characters).
std::optional<std::string> multipart_boundary(std::string_view content_type);

/// multipart/form-data (RFC 7578), fed in pieces of any size as they arrive.
class MultipartParser {
 public:
  MultipartParser(std::string boundary, FormLimits limits);
  MultipartParser(MultipartParser&& other) noexcept;
  MultipartParser& operator=(MultipartParser&& other) noexcept;
  MultipartParser(const MultipartParser&) = delete;
  MultipartParser& operator=(const MultipartParser&) = delete;
  ~MultipartParser();

  /// Errors: malformed, or beyond the limits, in words for the person who sent it.
  Result<void> feed(std::string_view piece);
  /// Moves fields and files into the request. Error: the closing boundary has not come.
  Result<void> finish(Request& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// One range of bytes of something `size` long, as "bytes=0-99", "bytes=100-", "bytes=-50" name it.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t length = 0;
};
struct RangeRequest {
  enum class Kind : std::uint8_t {
    kWhole,  ///< no range that we serve: malformed, another unit, or several
    kPart,
    kUnsatisfiable,  ///< 416
  };
  Kind kind = Kind::kWhole;
  ByteRange range;
};
RangeRequest parse_range(std::string_view header, std::uint64_t size);

/// A JSON body. Errors, each naming the byte: not JSON, nested deeper than `depth`, twice the same
/// name in an object, not UTF-8.
Result<nlohmann::json> parse_json(std::string_view text, std::size_t depth = 16);

}  // namespace everyface::web
