#include "everyface/commons/clock.h"

#include <chrono>

namespace everyface {

Clock system_clock() {
  return [] {
    using std::chrono::milliseconds;
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<milliseconds>(since_1970).count();
  };
}

}  // namespace everyface
