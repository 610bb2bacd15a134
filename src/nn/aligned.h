// Floats that begin on a cache line, as the kernels load them.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace everyface {

template <typename T>
struct CacheLineAllocator {
  using value_type = T;
  static constexpr std::align_val_t kCacheLine{64};

  CacheLineAllocator() = default;
  template <typename Other>
  CacheLineAllocator(const CacheLineAllocator<Other>& /*other*/) {}  // NOLINT(*-explicit-*)

  T* allocate(std::size_t count) {
    return static_cast<T*>(::operator new(count * sizeof(T), kCacheLine));
  }
  void deallocate(T* values, std::size_t /*count*/) { ::operator delete(values, kCacheLine); }
  bool operator==(const CacheLineAllocator& /*other*/) const { return true; }
};

using Floats = std::vector<float, CacheLineAllocator<float>>;

}  // namespace everyface
