// The table of methods.
#include "enhance/learned.h"
#include "enhance/method.h"
#include "enhance/pillow.h"

namespace everyface {

const std::vector<Method>& enhancement_methods() {
  static const std::vector<Method> table = [] {
    std::vector<Method> methods = {
        none_method(),  gain_method(),      gaussian_method(), gamma_method(),
        clahe_method(), histeq_method(),    retinex_method(),  lime_method(),
        nlm_method(),   bilateral_method(), wavelet_method(),
    };
    for (const std::vector<Method>& more : {pillow_methods(), learned_methods()}) {
      methods.insert(methods.end(), more.begin(), more.end());
    }
    methods.push_back(llflow_method());
    methods.push_back(dawn_method());
    return methods;
  }();
  return table;
}

}  // namespace everyface
