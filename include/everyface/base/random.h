// Seeded random numbers that are the same on every machine and compiler (the distributions of
// <random> are not).
#pragma once

#include <cstdint>

namespace everyface {

/// xoshiro256++ (Blackman and Vigna, 2019, "Scrambled linear pseudorandom number generators"),
/// its state filled from the seed by splitmix64 as its authors recommend.
class Random {
 public:
  explicit Random(std::uint64_t seed);

  /// 64 uniform random bits.
  std::uint64_t bits() {
    const std::uint64_t result = rotate(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t t = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

  /// Uniform in [0, 1), 53 bits.
  double uniform() { return static_cast<double>(bits() >> 11U) * 0x1.0p-53; }

  /// Uniform in 0..count-1 without bias. Requires count > 0.
  std::uint64_t below(std::uint64_t count);

 private:
  static std::uint64_t rotate(std::uint64_t x, unsigned k) { return (x << k) | (x >> (64U - k)); }
  std::uint64_t state_[4];
};

}  // namespace everyface
