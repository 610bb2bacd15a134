#include "everyface/base/random.h"

namespace everyface {

Random::Random(std::uint64_t seed) {
  for (std::uint64_t& word : state_) {
    seed += 0x9e3779b97f4a7c15U;
    std::uint64_t z = seed;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    word = z ^ (z >> 31U);
  }
}

std::uint64_t Random::below(std::uint64_t count) {
  // The last, incomplete run of `count` values at the top of the 64 bits would favour small ones.
  const std::uint64_t excess = (0 - count) % count;
  std::uint64_t drawn = 0;
  do {
    drawn = bits();
  } while (drawn < excess);
  return drawn % count;
}

}  // namespace everyface
