#include "enhance/dawn_kernels.h"

#include <algorithm>
#include <cmath>

// Compiled once for each instruction set, as nn/kernels_convolution.cpp.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "enhance/dawn_kernels.cpp"
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL)
// In this order:
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace everyface::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Lanes = hn::CappedTag<float, kDawnCell>;
using Bytes = hn::Rebind<std::uint8_t, Lanes>;
using Words = hn::Rebind<std::int32_t, Lanes>;
using Vector = hn::Vec<Lanes>;
constexpr std::size_t kLanes = hn::MaxLanes(Lanes());
constexpr float kWhite = 255.0F;

struct Pixel {
  Vector blue;
  Vector green;
  Vector red;
};

HWY_INLINE Pixel LoadPixels(const std::uint8_t* from) {
  hn::Vec<Bytes> blue;
  hn::Vec<Bytes> green;
  hn::Vec<Bytes> red;
  hn::LoadInterleaved3(Bytes(), from, blue, green, red);
  const auto floats = [](hn::Vec<Bytes> bytes) HWY_ATTR {
    return hn::ConvertTo(Lanes(), hn::PromoteTo(Words(), bytes));
  };
  return {floats(blue), floats(green), floats(red)};
}

HWY_INLINE Pixel LoadPixels(const float* from) {
  Pixel pixel;
  hn::LoadInterleaved3(Lanes(), from, pixel.blue, pixel.green, pixel.red);
  return pixel;
}

HWY_INLINE void StorePixels(const Pixel& pixel, std::uint8_t* to) {
  const auto bytes = [](Vector values)
                         HWY_ATTR { return hn::DemoteTo(Bytes(), hn::NearestInt(values)); };
  hn::StoreInterleaved3(bytes(pixel.blue), bytes(pixel.green), bytes(pixel.red), Bytes(), to);
}

HWY_INLINE void StorePixels(const Pixel& pixel, float* to) {
  hn::StoreInterleaved3(pixel.blue, pixel.green, pixel.red, Lanes(), to);
}

HWY_INLINE float Sum(Vector values) { return hn::GetLane(hn::SumOfLanes(Lanes(), values)); }

struct Sums {
  float blue = 0;
  float green = 0;
  float red = 0;
  float squares = 0;  ///< of green
};

void Give(const Sums& sums, float pixels, int cell, const DawnMeasures& measures) {
  const float green = sums.green / pixels;
  measures[0][cell] = sums.blue / pixels;
  measures[1][cell] = green;
  measures[2][cell] = sums.red / pixels;
  measures[3][cell] = std::sqrt(std::max(sums.squares / pixels - green * green, 0.0F));
}

template <typename T>
void MeasureCells(const T* const* rows, int count, int width, const DawnMeasures& measures) {
  const Lanes d;
  const int whole = width / kDawnCell;
  for (int cell = 0; cell < whole; ++cell) {
    Vector blue = hn::Zero(d);
    Vector green = hn::Zero(d);
    Vector red = hn::Zero(d);
    Vector squares = hn::Zero(d);
    for (int row = 0; row < count; ++row) {
      for (std::size_t lane = 0; lane < kDawnCell; lane += kLanes) {
        const Pixel pixel =
            LoadPixels(rows[row] + 3 * (static_cast<std::size_t>(cell) * kDawnCell + lane));
        blue = hn::Add(blue, pixel.blue);
        green = hn::Add(green, pixel.green);
        red = hn::Add(red, pixel.red);
        squares = hn::MulAdd(pixel.green, pixel.green, squares);
      }
    }
    Give({Sum(blue), Sum(green), Sum(red), Sum(squares)}, static_cast<float>(count * kDawnCell),
         cell, measures);
  }
  if (const int rest = width - whole * kDawnCell; rest > 0) {
    Sums sums;
    for (int row = 0; row < count; ++row) {
      for (int x = whole * kDawnCell; x < width; ++x) {
        const T* pixel = rows[row] + 3 * static_cast<std::size_t>(x);
        const auto green = static_cast<float>(pixel[1]);
        sums.blue += static_cast<float>(pixel[0]);
        sums.green += green;
        sums.red += static_cast<float>(pixel[2]);
        sums.squares += green * green;
      }
    }
    Give(sums, static_cast<float>(count * rest), whole, measures);
  }
}

/// function(vector) of each of `count` values.
template <typename Function>
HWY_INLINE void ForAll(const float* from, float* to, std::size_t count, const Function& function) {
  const Lanes d;
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    hn::StoreU(function(hn::LoadU(d, from + i)), d, to + i);
  }
  if (i < count) {
    HWY_ALIGN float rest[kLanes] = {};
    std::copy(from + i, from + count, rest);
    hn::Store(function(hn::Load(d, rest)), d, rest);
    std::copy(rest, rest + (count - i), to + i);
  }
}

void Logarithms(const float* from, float* to, std::size_t count) {
  const Lanes d;
  ForAll(from, to, count, [d](Vector v) HWY_ATTR {
    const Vector half = hn::MulAdd(v, hn::Set(d, 0.5F), hn::Set(d, 1.0F));
    return hn::Sub(hn::Log2(d, half), hn::Set(d, 3.5F));
  });
}

void Gains(const float* from, float* to, std::size_t count) {
  const Lanes d;
  ForAll(from, to, count, [d](Vector v) HWY_ATTR {
    constexpr float kNaturalLogarithmOf2 = 0.693147181F;
    const Vector bounded = hn::Min(hn::Max(v, hn::Set(d, -3.0F)), hn::Set(d, 7.0F));
    return hn::Exp(d, hn::Mul(bounded, hn::Set(d, kNaturalLogarithmOf2)));
  });
}

void Shares(const float* from, float* to, std::size_t count) {
  const Lanes d;
  ForAll(from, to, count, [d](Vector v) HWY_ATTR {
    const Vector one = hn::Set(d, 1.0F);
    return hn::Div(one, hn::Add(one, hn::Exp(d, hn::Neg(v))));
  });
}

HWY_INLINE Vector Curved(Vector value, Vector gain, Vector shoulder, Vector detail, Vector mean) {
  const Lanes d;
  const Vector one = hn::Set(d, 1.0F);
  const Vector x = hn::MulAdd(detail, hn::Sub(hn::Mul(value, hn::Set(d, 1 / kWhite)), mean), mean);
  const Vector above = hn::Mul(hn::Mul(gain, x), hn::MulAdd(hn::Sub(shoulder, one), x, one));
  const Vector below = hn::MulAdd(hn::MulSub(gain, shoulder, one), x, one);
  const Vector y = hn::Div(above, hn::Max(below, hn::Set(d, 1e-3F)));
  return hn::Mul(hn::Min(hn::Max(y, hn::Zero(d)), one), hn::Set(d, kWhite));
}

template <typename T>
void RenderRow(const T* pixels, int cells, const DawnRowMaps& maps, T* out) {
  const Lanes d;
  HWY_ALIGN static constexpr float kRamp[kDawnCell] = {0.0625F, 0.1875F, 0.3125F, 0.4375F,
                                                       0.5625F, 0.6875F, 0.8125F, 0.9375F};
  for (std::size_t block = 0; block <= static_cast<std::size_t>(cells); ++block) {
    for (std::size_t lane = 0; lane < kDawnCell; lane += kLanes) {
      const Vector ramp = hn::Load(d, kRamp + lane);
      const auto between = [&](std::size_t map) HWY_ATTR {
        const float left = maps[map][block];
        return hn::MulAdd(ramp, hn::Set(d, maps[map][block + 1] - left), hn::Set(d, left));
      };
      const std::size_t at = 3 * (block * kDawnCell + lane);
      const Pixel pixel = LoadPixels(pixels + at);
      const Vector shoulder = between(3);
      const Vector detail = between(4);
      StorePixels({Curved(pixel.blue, between(0), shoulder, detail, between(5)),
                   Curved(pixel.green, between(1), shoulder, detail, between(6)),
                   Curved(pixel.red, between(2), shoulder, detail, between(7))},
                  out + at);
    }
  }
}

void MeasureBytes(const std::uint8_t* const* rows, int count, int width,
                  const DawnMeasures& measures) {
  MeasureCells(rows, count, width, measures);
}
void MeasureFloats(const float* const* rows, int count, int width, const DawnMeasures& measures) {
  MeasureCells(rows, count, width, measures);
}
void RenderBytes(const std::uint8_t* pixels, int cells, const DawnRowMaps& maps,
                 std::uint8_t* out) {
  RenderRow(pixels, cells, maps, out);
}
void RenderFloats(const float* pixels, int cells, const DawnRowMaps& maps, float* out) {
  RenderRow(pixels, cells, maps, out);
}

}  // namespace
}  // namespace everyface::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace everyface {

HWY_EXPORT(MeasureBytes);
HWY_EXPORT(MeasureFloats);
HWY_EXPORT(Logarithms);
HWY_EXPORT(Gains);
HWY_EXPORT(Shares);
HWY_EXPORT(RenderBytes);
HWY_EXPORT(RenderFloats);

void measure_dawn_cells(const std::uint8_t* const* rows, int count, int width,
                        const DawnMeasures& measures) {
  HWY_DYNAMIC_DISPATCH(MeasureBytes)(rows, count, width, measures);
}
void measure_dawn_cells(const float* const* rows, int count, int width,
                        const DawnMeasures& measures) {
  HWY_DYNAMIC_DISPATCH(MeasureFloats)(rows, count, width, measures);
}
void dawn_logarithms(const float* levels, float* logarithms, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(Logarithms)(levels, logarithms, count);
}
void dawn_gains(const float* values, float* gains, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(Gains)(values, gains, count);
}
void dawn_shares(const float* values, float* shares, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(Shares)(values, shares, count);
}
void render_dawn_row(const std::uint8_t* pixels, int cells, const DawnRowMaps& maps,
                     std::uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(RenderBytes)(pixels, cells, maps, out);
}
void render_dawn_row(const float* pixels, int cells, const DawnRowMaps& maps, float* out) {
  HWY_DYNAMIC_DISPATCH(RenderFloats)(pixels, cells, maps, out);
}

}  // namespace everyface
#endif  // HWY_ONCE
