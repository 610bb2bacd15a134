#include <algorithm>

#include "nn/winograd.h"

// Compiled once for each instruction set, as kernels_convolution.cpp.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/kernels_winograd.cpp"
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL)
// In this order:
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "nn/kernels-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace everyface::HWY_NAMESPACE {
namespace {

HWY_INLINE Vector times(float factor, Vector x) { return hn::Mul(hn::Set(Lanes(), factor), x); }

/// factor * x + y.
HWY_INLINE Vector times_plus(float factor, Vector x, Vector y) {
  return hn::MulAdd(hn::Set(Lanes(), factor), x, y);
}

/// One direction of each transform (Lavin and Gray, section 4.1).
HWY_INLINE void transform_weights(Vector g0, Vector g1, Vector g2, Vector (&u)[6]) {
  const Vector ends = hn::Add(g0, g2);
  const Vector wide = times_plus(1.0F / 24, g0, times(1.0F / 6, g2));
  u[0] = times(0.25F, g0);
  u[1] = times(-1.0F / 6, hn::Add(ends, g1));
  u[2] = times(-1.0F / 6, hn::Sub(ends, g1));
  u[3] = times_plus(1.0F / 12, g1, wide);
  u[4] = times_plus(-1.0F / 12, g1, wide);
  u[5] = g2;
}

HWY_INLINE void transform_input(const Vector (&d)[6], Vector (&v)[6]) {
  const Vector even = times_plus(-4, d[2], d[4]);
  const Vector odd = times_plus(-4, d[1], d[3]);
  const Vector narrow_even = hn::Sub(d[4], d[2]);
  const Vector narrow_odd = hn::Sub(d[3], d[1]);
  v[0] = times_plus(4, d[0], times_plus(-5, d[2], d[4]));
  v[1] = hn::Add(even, odd);
  v[2] = hn::Sub(even, odd);
  v[3] = times_plus(2, narrow_odd, narrow_even);
  v[4] = times_plus(-2, narrow_odd, narrow_even);
  v[5] = times_plus(4, d[1], times_plus(-5, d[3], d[5]));
}

HWY_INLINE void transform_output(const Vector (&m)[6], Vector (&y)[4]) {
  const Vector sum1 = hn::Add(m[1], m[2]);
  const Vector sum2 = hn::Add(m[3], m[4]);
  const Vector difference1 = hn::Sub(m[1], m[2]);
  const Vector difference2 = hn::Sub(m[3], m[4]);
  y[0] = hn::Add(m[0], hn::Add(sum1, sum2));
  y[1] = times_plus(2, difference2, difference1);
  y[2] = times_plus(4, sum2, sum1);
  y[3] = times_plus(8, difference2, hn::Add(difference1, m[5]));
}

void WinogradWeights(const float* weights, std::size_t count, float* out, std::size_t stride) {
  const Lanes d;
  for (std::size_t at = 0; at < count * kBlock; at += kLanes) {
    const float* taps = weights + at / kBlock * 9 * kBlock + at % kBlock;
    Vector rows[3][6];
    for (std::size_t i = 0; i < 3; ++i) {
      const float* row = taps + i * 3 * kBlock;
      transform_weights(hn::Load(d, row), hn::Load(d, row + kBlock), hn::Load(d, row + 2 * kBlock),
                        rows[i]);
    }
    for (std::size_t j = 0; j < 6; ++j) {
      Vector column[6];
      transform_weights(rows[0][j], rows[1][j], rows[2][j], column);
      for (std::size_t i = 0; i < 6; ++i) {
        hn::Store(column[i], d, out + (i * 6 + j) * stride + at);
      }
    }
  }
}

/// Down the columns first: those that neighbouring tiles share are transformed once.
void input_columns(const WinogradInput& job, std::size_t lane) {
  const Lanes d;
  float* out = job.columns;
  const int end = job.first + static_cast<int>(4 * job.tiles + 2);
  for (int x = job.first; x < end; ++x, out += 6 * kLanes) {
    if (x < 0 || x >= job.width) {
      std::fill(out, out + 6 * kLanes, 0.0F);
      continue;
    }
    const std::size_t at = static_cast<std::size_t>(x) * kBlock + lane;
    Vector rows[6];
    for (std::size_t i = 0; i < 6; ++i) {
      rows[i] = hn::Load(d, job.rows[i] + at);
    }
    Vector column[6];
    transform_input(rows, column);
    for (std::size_t i = 0; i < 6; ++i) {
      hn::Store(column[i], d, out + i * kLanes);
    }
  }
}

void WinogradInputTiles(const WinogradInput& job) {
  const Lanes d;
  for (std::size_t lane = 0; lane < kBlock; lane += kLanes) {
    input_columns(job, lane);
    for (std::size_t tile = 0; tile < job.tiles; ++tile) {
      const float* columns = job.columns + tile * 4 * 6 * kLanes;
      float* out = job.out + tile * kBlock + lane;
      for (std::size_t i = 0; i < 6; ++i) {
        Vector row[6];
        for (std::size_t j = 0; j < 6; ++j) {
          row[j] = hn::Load(d, columns + (j * 6 + i) * kLanes);
        }
        Vector points[6];
        transform_input(row, points);
        for (std::size_t j = 0; j < 6; ++j) {
          hn::Store(points[j], d, out + (i * 6 + j) * job.stride);
        }
      }
    }
  }
}

/// The four rows of one tile, a vector of channels each pixel.
HWY_INLINE void output_tile(const float* sums, std::size_t stride, Vector (&pixels)[4][4]) {
  const Lanes d;
  Vector columns[6][4];
  for (std::size_t j = 0; j < 6; ++j) {
    Vector points[6];
    for (std::size_t i = 0; i < 6; ++i) {
      points[i] = hn::Load(d, sums + (i * 6 + j) * stride);
    }
    transform_output(points, columns[j]);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    const Vector row[6] = {columns[0][i], columns[1][i], columns[2][i],
                           columns[3][i], columns[4][i], columns[5][i]};
    transform_output(row, pixels[i]);
  }
}

void WinogradOutputTiles(const WinogradOutput& job) {
  const Lanes d;
  const Vector slope = hn::Set(d, job.slope);
  for (std::size_t lane = 0; lane < kBlock; lane += kLanes) {
    const Vector bias = hn::Load(d, job.bias + lane);
    for (std::size_t tile = 0; tile < job.tiles; ++tile) {
      Vector pixels[4][4];
      output_tile(job.sums + tile * kBlock + lane, job.stride, pixels);
      const int x = job.first + static_cast<int>(4 * tile);
      const int columns = std::min(4, job.width - x);
      for (int i = 0; i < job.rows; ++i) {
        for (int j = 0; j < columns; ++j) {
          const std::size_t at = static_cast<std::size_t>(i * job.width + x + j) * kBlock + lane;
          Vector value = hn::Add(pixels[i][j], bias);
          if (job.residual != nullptr) {
            value = times_plus(job.residual_scale, hn::Load(d, job.residual + at), value);
          }
          if (job.base != nullptr) {
            value = hn::Add(value, hn::Load(d, job.base + at));
          }
          value = hn::IfThenElse(hn::Lt(value, hn::Zero(d)), hn::Mul(value, slope), value);
          hn::Store(value, d, job.out + at);
        }
      }
    }
  }
}

}  // namespace
}  // namespace everyface::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace everyface {

HWY_EXPORT(WinogradWeights);
HWY_EXPORT(WinogradInputTiles);
HWY_EXPORT(WinogradOutputTiles);

void winograd_weights(const float* weights, std::size_t count, float* out, std::size_t stride) {
  HWY_DYNAMIC_DISPATCH(WinogradWeights)(weights, count, out, stride);
}
void winograd_input(const WinogradInput& job) { HWY_DYNAMIC_DISPATCH(WinogradInputTiles)(job); }
void winograd_output(const WinogradOutput& job) { HWY_DYNAMIC_DISPATCH(WinogradOutputTiles)(job); }

}  // namespace everyface
#endif  // HWY_ONCE
