// 8-bit codes of vectors, and how far they may be off.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "search/kernels.h"

namespace everyface::search {

/// Whether a vector is finite and no longer than 1e6, so that nothing below overflows.
bool can_encode(std::span<const float> x);

/// A vector x as scale · codes + what is left out.
struct Coded {
  float scale = 0;
  double error = 0;         ///< |x − scale · codes|
  double length = 0;        ///< |x|
  double coded_length = 0;  ///< |scale · codes|
  std::int32_t code_sum = 0;
};

/// Codes a vector: codes_i = round(x_i / scale) in -127..127, scale = max |x_i| / 127; all 0 with
/// scale 0 where that is no normal float. Requires can_encode(x) and codes.size() >= x.size().
Coded encode(std::span<const float> x, std::span<std::int8_t> codes);

/// The coded rows of a gallery.
class CodedRows {
 public:
  /// Room for so many rows, to be filled by encode_block().
  CodedRows(std::size_t rows, std::size_t dimensions);

  [[nodiscard]] std::size_t blocks() const { return (rows_ + kBlockRows - 1) / kBlockRows; }
  [[nodiscard]] Block block(std::size_t index) const;
  [[nodiscard]] std::size_t bytes() const { return blocks() * block_bytes(); }

  /// Codes the rows of a block; row_of(row) is where a row's values are. Blocks may be filled on
  /// several threads. `longest` becomes the greatest |x| or |scale · codes|, if that is greater.
  /// Returns the first row that cannot be coded.
  template <typename RowOf>
  std::optional<std::size_t> encode_block(std::size_t index, const RowOf& row_of, double& longest) {
    std::vector<std::int8_t> codes(groups_ * 4, 0);
    const std::size_t first = index * kBlockRows;
    for (std::size_t r = 0; r < kBlockRows; ++r) {
      Coded coded;
      if (first + r < rows_) {
        const std::span<const float> row(row_of(first + r), dimensions_);
        if (!can_encode(row)) {
          return first + r;
        }
        coded = encode(row, codes);
        longest = std::max({longest, coded.length, coded.coded_length});
      } else {
        std::fill(codes.begin(), codes.end(), std::int8_t{0});
      }
      store(index, r, codes, coded);
    }
    return std::nullopt;
  }

 private:
  struct Free {
    void operator()(std::uint8_t* memory) const;
  };

  [[nodiscard]] std::size_t code_bytes() const { return groups_ * kBlockRows * 4; }
  [[nodiscard]] std::size_t block_bytes() const {
    return code_bytes() + 2 * kBlockRows * sizeof(float);
  }
  void store(std::size_t index, std::size_t row, std::span<const std::int8_t> codes,
             const Coded& coded);

  std::size_t rows_;
  std::size_t dimensions_;
  std::size_t groups_;
  std::unique_ptr<std::uint8_t[], Free> memory_;  // a block: codes, scales, errors
};

/// A batch of queries, coded and put into tiles.
class CodedQueries {
 public:
  /// `longest`: of the rows they will meet. Requires queries that can be coded.
  CodedQueries(std::span<const float> queries, std::size_t dimensions, double longest);

  [[nodiscard]] std::size_t tiles() const {
    return (terms_.size() + kTileQueries - 1) / kTileQueries;
  }
  [[nodiscard]] QueryTile tile(std::size_t index) const;
  [[nodiscard]] std::size_t size() const { return terms_.size(); }
  [[nodiscard]] const QueryTerms& terms(std::size_t query) const { return terms_[query]; }

 private:
  std::size_t groups_;
  std::vector<std::int8_t> codes_;
  std::vector<QueryTerms> terms_;
};

}  // namespace everyface::search
