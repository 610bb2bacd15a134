// The score of two templates, defined to the bit, and whole blocks of scores.
#pragma once

#include <cstddef>
#include <span>

namespace everyface {

/// The inner product of two vectors of the same size: of unit-length templates, their cosine.
///
/// The order of summation is part of the definition, so that a score has the same bits on every
/// processor and by whichever way it is computed (alone, in a block, in a search). With both
/// vectors padded by zeros to a multiple of 16:
///   sum[l] = fma(a[16 i + l], b[16 i + l], sum[l])   for i = 0, 1, …, from sum[l] = 0, l = 0..15
///   sum[l] = sum[l] + sum[l + w]                     for w = 8, 4, 2, 1 and l < w
/// in float32 with one rounding a step; the score is sum[0].
///
/// It is off the true inner product by at most m u / (1 − m u) · |a| |b|, u = 2^-24, as no term
/// goes through more than m = ⌈d / 16⌉ + 4 roundings (Higham 2002, "Accuracy and Stability of
/// Numerical Algorithms", 3.1, with Cauchy-Schwarz): 2.2e-6 for unit vectors of 512 dimensions.
float dot(std::span<const float> a, std::span<const float> b);

/// All scores of two blocks of templates: out[i * rows of b + j] = dot(row i of a, row j of b).
/// `a` and `b` are row-major with `dimensions` values a row; out has rows of a × rows of b values.
/// Runs on the calling thread; fastest where both blocks have at least some dozens of rows.
/// Requires dimensions >= 1 and sizes that are multiples of it.
void score_block(std::span<const float> a, std::span<const float> b, std::size_t dimensions,
                 std::span<float> out);

}  // namespace everyface
