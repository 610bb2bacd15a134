// What the files of the methods share: one factory each, and the way they make their enhancer.
#pragma once

#include <limits>
#include <memory>
#include <utility>

#include "everyface/base/result.h"
#include "everyface/enhance/enhancer.h"

namespace everyface {

/// `make` of a method is given a value for every parameter of its list; NaN stands for "auto".
Method none_method();
Method gain_method();
Method gaussian_method();
Method gamma_method();
Method clahe_method();
Method histeq_method();
Method retinex_method();
Method lime_method();
Method nlm_method();
Method bilateral_method();
Method wavelet_method();
Method llflow_method();
Method dawn_method();

/// The value of a parameter that the chain leaves to the method.
inline constexpr double kAuto = std::numeric_limits<double>::quiet_NaN();

/// An enhancer built from its constructor's arguments, as Method::make returns it.
template <typename T, typename... Arguments>
Result<std::unique_ptr<Enhancer>> made(Arguments&&... arguments) {
  std::unique_ptr<Enhancer> enhancer = std::make_unique<T>(std::forward<Arguments>(arguments)...);
  return enhancer;
}

}  // namespace everyface
