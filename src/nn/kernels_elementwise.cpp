#include <algorithm>

#include "nn/kernels.h"

// Compiled once for each instruction set, as kernels_convolution.cpp.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/kernels_elementwise.cpp"
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL)
// In this order:
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
#include "nn/kernels-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace everyface::HWY_NAMESPACE {
namespace {

void PoolOneRow(const PoolRow& job) {
  const Lanes d;
  for (std::size_t block = 0; block < static_cast<std::size_t>(job.blocks); ++block) {
    for (std::size_t lane = 0; lane < kBlock; lane += kLanes) {
      const std::size_t offset = block * job.block_stride + lane;
      float* out = job.out + block * job.out_block_stride + lane;
      for (int x = 0; x < job.width; ++x) {
        const int begin = x * job.stride;
        const int end = std::min(begin + job.kernel_width, job.in_width);
        Vector result = hn::Load(d, job.rows[0] + offset + begin * kBlock);
        for (int ky = 0; ky < job.kernel_height; ++ky) {
          for (int column = begin + (ky == 0 ? 1 : 0); column < end; ++column) {
            const Vector value = hn::Load(d, job.rows[ky] + offset + column * kBlock);
            result = job.average ? hn::Add(result, value) : hn::Max(result, value);
          }
        }
        if (job.average) {
          const float share = 1.0F / static_cast<float>(job.kernel_height * (end - begin));
          result = hn::Mul(result, hn::Set(d, share));
        }
        hn::Store(result, d, out + x * kBlock);
      }
    }
  }
}

template <class D, class V>
HWY_INLINE V combined(D /*d*/, Arithmetic operation, V a, V b) {
  switch (operation) {
    case Arithmetic::kAdd:
      return hn::Add(a, b);
    case Arithmetic::kSubtract:
      return hn::Sub(a, b);
    case Arithmetic::kMultiply:
      return hn::Mul(a, b);
    default:
      return hn::Div(a, b);
  }
}

void Combine(Arithmetic operation, const float* a, const float* b, float* out, std::size_t count) {
  const Lanes d;
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    hn::StoreU(combined(d, operation, hn::LoadU(d, a + i), hn::LoadU(d, b + i)), d, out + i);
  }
  const hn::CappedTag<float, 1> one;
  for (; i < count; ++i) {
    hn::StoreU(combined(one, operation, hn::LoadU(one, a + i), hn::LoadU(one, b + i)), one,
               out + i);
  }
}

void CombineBlock(Arithmetic operation, const float* a, const float* b, float* out,
                  std::size_t pixels) {
  const Lanes d;
  for (std::size_t lane = 0; lane < kBlock; lane += kLanes) {
    const Vector constant = hn::Load(d, b + lane);
    for (std::size_t x = 0; x < pixels; ++x) {
      const std::size_t at = x * kBlock + lane;
      hn::Store(combined(d, operation, hn::Load(d, a + at), constant), d, out + at);
    }
  }
}

void FinishBlock(const Finish& finish, float* values, std::size_t pixels) {
  const Lanes d;
  for (std::size_t lane = 0; lane < kBlock; lane += kLanes) {
    const float* slope = finish.slopes == nullptr ? nullptr : finish.slopes + lane;
    for (std::size_t x = 0; x < pixels; ++x) {
      float* at = values + x * kBlock + lane;
      hn::Store(finished(hn::Load(d, at), finish, slope), d, at);
    }
  }
}

struct SigmoidOf {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V one = hn::Set(d, 1.0F);
    const V most = hn::Set(d, 87.0F);  // exp() of more is no float
    return hn::Div(one, hn::Add(one, hn::Exp(d, hn::Min(hn::Neg(x), most))));
  }
};

struct TanhOf {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Tanh(d, x);
  }
};

/// The end is computed in whole vectors too, so that a value does not depend on where it stands.
template <class Function>
HWY_INLINE void apply(const Function& function, float* values, std::size_t count) {
  const Lanes d;
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    hn::StoreU(function(d, hn::LoadU(d, values + i)), d, values + i);
  }
  if (i < count) {
    float end[kLanes] = {};
    std::copy(values + i, values + count, end);
    hn::StoreU(function(d, hn::LoadU(d, end)), d, end);
    std::copy(end, end + (count - i), values + i);
  }
}

void UndoCoupling(const float* shifts, const float* scales, float* z, std::size_t count) {
  const Lanes d;
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Vector sigmoid = SigmoidOf()(d, hn::Add(hn::Load(d, scales + i), hn::Set(d, 2.0F)));
    const Vector scale = hn::Add(sigmoid, hn::Set(d, 1e-4F));
    hn::Store(hn::Sub(hn::Div(hn::Load(d, z + i), scale), hn::Load(d, shifts + i)), d, z + i);
  }
}

void Sigmoid(float* values, std::size_t count) { apply(SigmoidOf(), values, count); }
void Tanh(float* values, std::size_t count) { apply(TanhOf(), values, count); }

}  // namespace
}  // namespace everyface::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace everyface {

HWY_EXPORT(PoolOneRow);
HWY_EXPORT(Combine);
HWY_EXPORT(CombineBlock);
HWY_EXPORT(FinishBlock);
HWY_EXPORT(UndoCoupling);
HWY_EXPORT(Sigmoid);
HWY_EXPORT(Tanh);

void pool_row(const PoolRow& job) { HWY_DYNAMIC_DISPATCH(PoolOneRow)(job); }
void combine(Arithmetic operation, const float* a, const float* b, float* out, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(Combine)(operation, a, b, out, count);
}
void combine_block(Arithmetic operation, const float* a, const float* b, float* out,
                   std::size_t pixels) {
  HWY_DYNAMIC_DISPATCH(CombineBlock)(operation, a, b, out, pixels);
}
void finish_block(const Finish& finish, float* values, std::size_t pixels) {
  HWY_DYNAMIC_DISPATCH(FinishBlock)(finish, values, pixels);
}
void undo_coupling(const float* shifts, const float* scales, float* z, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(UndoCoupling)(shifts, scales, z, count);
}
void sigmoid(float* values, std::size_t count) { HWY_DYNAMIC_DISPATCH(Sigmoid)(values, count); }
void tanh(float* values, std::size_t count) { HWY_DYNAMIC_DISPATCH(Tanh)(values, count); }

}  // namespace everyface
#endif  // HWY_ONCE
