#include "search/kernels.h"

namespace everyface::search {

const std::vector<Kernels>& available_kernels() {
  static const std::vector<Kernels> all = [] {
    std::vector<Kernels> sets = {portable_kernels()};
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
      sets.push_back(avx2_kernels());
    }
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512vnni")) {
      sets.push_back(avx512_kernels());
    }
#endif
    return sets;
  }();
  return all;
}

}  // namespace everyface::search
