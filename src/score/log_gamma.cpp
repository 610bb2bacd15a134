#include "score/log_gamma.h"

#include <cmath>
#include <numbers>

namespace everyface::score {

double log_gamma(double x) {
  // Stirling's series is exact to double precision from about 10 on; the recurrence
  // gamma(x + 1) = x gamma(x) lifts smaller arguments there.
  double product = 1;
  while (x < 12) {
    product *= x;
    x += 1;
  }
  const double inverse = 1 / x;
  const double square = inverse * inverse;
  const double series =
      inverse *
      (1.0 / 12 +
       square *
           (-1.0 / 360 +
            square * (1.0 / 1260 + square * (-1.0 / 1680 +
                                             square * (1.0 / 1188 + square * (-691.0 / 360360))))));
  return (x - 0.5) * std::log(x) - x + 0.5 * std::log(2 * std::numbers::pi) + series -
         std::log(product);
}

}  // namespace everyface::score
