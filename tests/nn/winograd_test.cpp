#include "nn/winograd.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <cmath>

#include "everyface/base/random.h"

namespace everyface {
namespace {

/// Runs each test once for every instruction set that this processor has.
class Winograd : public ::testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override { hwy::GetChosenTarget().Update(GetParam()); }
  void TearDown() override { hwy::GetChosenTarget().Update(hwy::SupportedTargets()); }

  Floats random_floats(std::size_t count) {
    Floats values(count);
    for (float& value : values) {
      value = static_cast<float>(random_.uniform() * 2 - 1);
    }
    return values;
  }

  /// Planes of one map, each an array of its own.
  std::vector<Floats> random_map(int planes, int height, int width) {
    std::vector<Floats> map;
    for (int i = 0; i < planes; ++i) {
      map.push_back(random_floats(size_of(height * width * kBlock)));
    }
    return map;
  }

  Random random_{23};
};

INSTANTIATE_TEST_SUITE_P(AllTargets, Winograd,
                         ::testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& target) { return hwy::TargetName(target.param); });

std::vector<const float*> pointers(const std::vector<Floats>& map) {
  std::vector<const float*> planes;
  for (const Floats& plane : map) {
    planes.push_back(plane.data());
  }
  return planes;
}

std::vector<float*> pointers(std::vector<Floats>& map) {
  std::vector<float*> planes;
  for (Floats& plane : map) {
    planes.push_back(plane.data());
  }
  return planes;
}

/// The plain sum of one output value, before what follows it.
double plain_sum(const Convolution3x3& job, int channel, int y, int x) {
  double sum = job.bias[channel];
  const int channels = static_cast<int>(job.in.size()) * kBlock;
  for (int c = 0; c < channels; ++c) {
    for (int tap = 0; tap < 9; ++tap) {
      const int row = y + tap / 3 - 1;
      const int column = x + tap % 3 - 1;
      if (row >= 0 && row < job.height && column >= 0 && column < job.width) {
        const int filter = (channel / kBlock * channels + c) * 9 + tap;
        sum += static_cast<double>(job.weights[filter * kBlock + channel % kBlock]) *
               job.in[size_of(c / kBlock)][(row * job.width + column) * kBlock + c % kBlock];
      }
    }
  }
  return sum;
}

struct Size {
  int in_planes;
  int out_planes;
  int height;
  int width;
};
constexpr Size kSizes[] = {{1, 1, 1, 1}, {1, 2, 3, 2},  {2, 1, 4, 4},  {3, 5, 5, 9},
                           {2, 4, 8, 7}, {5, 2, 6, 17}, {1, 1, 2, 199}};

TEST_P(Winograd, IsThePlainSum) {
  for (const Size& size : kSizes) {
    const auto in = random_map(size.in_planes, size.height, size.width);
    auto out = random_map(size.out_planes, size.height, size.width);
    const Floats weights = random_floats(size_of(size.in_planes * size.out_planes * 16 * 9 * 16));
    const Floats bias = random_floats(size_of(size.out_planes * kBlock));
    Convolution3x3 job;
    job.in = pointers(in);
    job.out = pointers(out);
    job.height = size.height;
    job.width = size.width;
    job.weights = weights.data();
    job.bias = bias.data();
    WinogradBuffers buffers;
    convolve_3x3(job, buffers);
    for (int y = 0; y < size.height; ++y) {
      for (int x = 0; x < size.width; ++x) {
        for (int channel = 0; channel < size.out_planes * kBlock; channel += 5) {
          const float* plane = job.out[size_of(channel / kBlock)];
          ASSERT_NEAR(plane[(y * size.width + x) * kBlock + channel % kBlock],
                      plain_sum(job, channel, y, x), 5e-4)
              << size.height << 'x' << size.width << " at " << y << ' ' << x << ' ' << channel;
        }
      }
    }
  }
}

TEST_P(Winograd, AddsResidualAndBaseAndThenLeaks) {
  const auto in = random_map(1, 5, 6);
  const auto residual = random_map(1, 5, 6);
  auto out = random_map(1, 5, 6);
  const std::vector<Floats> base = out;
  const Floats weights = random_floats(16 * 9 * 16);
  const Floats bias = random_floats(kBlock);
  Convolution3x3 job;
  job.in = pointers(in);
  job.out = pointers(out);
  job.height = 5;
  job.width = 6;
  job.weights = weights.data();
  job.bias = bias.data();
  job.slope = 0.2F;
  job.residual = pointers(residual);
  job.residual_scale = 0.5F;
  job.base = {out[0].data()};  // in place
  WinogradBuffers buffers;
  convolve_3x3(job, buffers);
  for (int pixel = 0; pixel < 30; ++pixel) {
    for (int channel = 0; channel < kBlock; ++channel) {
      const std::size_t at = size_of(pixel * kBlock + channel);
      const double sum =
          plain_sum(job, channel, pixel / 6, pixel % 6) + 0.5 * residual[0][at] + base[0][at];
      ASSERT_NEAR(out[0][at], sum < 0 ? 0.2 * sum : sum, 5e-4) << pixel << ' ' << channel;
    }
  }
}

}  // namespace
}  // namespace everyface
