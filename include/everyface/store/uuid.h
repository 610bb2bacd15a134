// Keys of rows, made in the program: UUIDs of version 7 (RFC 9562).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace everyface {

/// 16 bytes; compares as its text does. The default is the nil UUID (all zeros).
class Uuid {
 public:
  constexpr Uuid() = default;
  constexpr explicit Uuid(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}

  /// Version 7: 48 bits of milliseconds since 1970, then 74 random bits from libsodium, so that
  /// keys made later sort later (to the millisecond) and nobody guesses one.
  static Uuid make();
  /// The same at a given time, for tests and imports.
  static Uuid make_at(std::int64_t milliseconds_since_1970);

  /// Five groups of hexadecimal digits, 36 characters, either case; nothing else.
  static std::optional<Uuid> parse(std::string_view text);

  /// "01890a5d-ac96-774b-bcce-b302099a8057"
  [[nodiscard]] std::string text() const;
  [[nodiscard]] constexpr const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  [[nodiscard]] constexpr bool nil() const { return *this == Uuid(); }

  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

}  // namespace everyface
