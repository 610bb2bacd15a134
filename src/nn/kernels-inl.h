// What the kernels share, once for each instruction set (see kernels_convolution.cpp).
// NOLINTNEXTLINE(llvm-header-guard)
#if defined(EVERYFACE_NN_KERNELS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef EVERYFACE_NN_KERNELS_INL_H
#undef EVERYFACE_NN_KERNELS_INL_H
#else
#define EVERYFACE_NN_KERNELS_INL_H
#endif

#include <hwy/highway.h>

#include "nn/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace everyface::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Lanes = hn::CappedTag<float, kBlock>;
using Vector = hn::Vec<Lanes>;
constexpr std::size_t kLanes = hn::MaxLanes(Lanes());
constexpr std::size_t kVectors = kBlock / kLanes;  // of one block
HWY_INLINE Vector finished(Vector x, const Finish& finish, const float* slope) {
  const Lanes d;
  if (slope != nullptr) {
    x = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Mul(x, hn::Load(d, slope)), x);
  }
  return hn::Min(hn::Max(x, hn::Set(d, finish.low)), hn::Set(d, finish.high));
}

}  // namespace everyface::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // EVERYFACE_NN_KERNELS_INL_H
