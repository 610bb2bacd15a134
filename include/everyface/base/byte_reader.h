// Whole numbers out of bytes, in either byte order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace everyface {

/// Views bytes that live elsewhere. Ask has() before each u8(), u16() and u32(): they require that
/// the bytes are there.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes, bool big_endian = true)
      : bytes_(bytes), big_endian_(big_endian) {}

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] bool has(std::size_t at, std::size_t count) const {
    return at <= bytes_.size() && count <= bytes_.size() - at;
  }
  [[nodiscard]] std::uint32_t u8(std::size_t at) const {
    return static_cast<unsigned char>(bytes_[at]);
  }
  [[nodiscard]] std::uint32_t u16(std::size_t at) const {
    return big_endian_ ? u8(at) << 8U | u8(at + 1) : u8(at + 1) << 8U | u8(at);
  }
  [[nodiscard]] std::uint32_t u32(std::size_t at) const {
    return big_endian_ ? u16(at) << 16U | u16(at + 2) : u16(at + 2) << 16U | u16(at);
  }
  /// Empty where not all of it is there.
  [[nodiscard]] std::string_view text(std::size_t at, std::size_t count) const {
    return has(at, count) ? bytes_.substr(at, count) : std::string_view();
  }

 private:
  std::string_view bytes_;
  bool big_endian_;
};

}  // namespace everyface
