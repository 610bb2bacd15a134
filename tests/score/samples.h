// Detection samples for tests.
#pragma once

#include <initializer_list>
#include <vector>

#include "everyface/base/random.h"
#include "everyface/score/detection.h"

namespace everyface::testing {

/// A square box of side 10 far from those of other numbers.
inline Box place(int number) { return {100.0 * number, 0, 100.0 * number + 10, 10}; }

inline TruthBox face(int number) { return {place(number), false}; }
inline TruthBox ignored_face(int number) { return {place(number), true}; }
inline ScoredBox box(int number, double score) { return {place(number), score}; }

/// Images with faces of all sizes (some ignored if asked for, some images without any), most of
/// them detected more or less well and some twice, and false detections. All scores differ.
inline std::vector<DetectionSample> random_samples(std::uint64_t seed, std::size_t images,
                                                   bool with_ignored) {
  Random random(seed);
  const auto random_box = [&] {
    const double x = random.uniform() * 500;
    const double y = random.uniform() * 500;
    const double side = 8 + random.uniform() * random.uniform() * 150;
    return Box{x, y, x + side * (0.8 + 0.4 * random.uniform()), y + side};
  };
  std::vector<DetectionSample> samples(images);
  for (DetectionSample& sample : samples) {
    for (std::uint64_t faces = random.below(7); faces > 0; --faces) {
      const Box truth = random_box();
      sample.truth.push_back({truth, with_ignored && random.uniform() < 0.2});
      for (int tries = 0; tries < 2; ++tries) {
        if (random.uniform() < (tries == 0 ? 0.8 : 0.2)) {
          const double jitter = truth.width() * 0.25 * random.uniform();
          sample.detections.push_back(
              {{truth.x1 + jitter * random.uniform(), truth.y1 - jitter * random.uniform(),
                truth.x2 + jitter * random.uniform(), truth.y2 - jitter * random.uniform()},
               0.2 + 0.8 * random.uniform()});
        }
      }
    }
    for (std::uint64_t wrong = random.below(4); wrong > 0; --wrong) {
      sample.detections.push_back({random_box(), 0.8 * random.uniform()});
    }
  }
  return samples;
}

/// The same samples in another order, and the faces and boxes in each too.
inline std::vector<DetectionSample> shuffled(std::vector<DetectionSample> samples,
                                             std::uint64_t seed) {
  Random random(seed);
  const auto shuffle = [&](auto& list) {
    for (std::size_t i = list.size(); i > 1; --i) {
      std::swap(list[i - 1], list[random.below(i)]);
    }
  };
  shuffle(samples);
  for (DetectionSample& sample : samples) {
    shuffle(sample.truth);
    shuffle(sample.detections);
  }
  return samples;
}

}  // namespace everyface::testing
