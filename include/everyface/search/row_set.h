// Which rows of a gallery a search may return.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace everyface {

/// A set of rows 0..size-1, a bit each.
class RowSet {
 public:
  /// Empty, of a gallery with `size` rows.
  explicit RowSet(std::size_t size) : size_(size), words_((size + 63) / 64, 0) {}

  /// Requires row < size().
  void insert(std::size_t row) { words_[row / 64] |= std::uint64_t{1} << (row % 64); }
  [[nodiscard]] bool contains(std::size_t row) const {
    return ((words_[row / 64] >> (row % 64)) & 1U) != 0;
  }

  /// Of the gallery, not of the set.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Bit i % 64 of word i / 64 is row i; bits from size() on are 0.
  [[nodiscard]] std::span<const std::uint64_t> words() const { return words_; }

 private:
  std::size_t size_;
  std::vector<std::uint64_t> words_;
};

}  // namespace everyface
