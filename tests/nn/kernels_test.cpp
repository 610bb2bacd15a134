#include "nn/kernels.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "everyface/base/random.h"
#include "nn/aligned.h"

namespace everyface {
namespace {

/// Runs each test once for every instruction set that this processor has.
class Kernels : public ::testing::TestWithParam<std::int64_t> {
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

  Random random_{17};
};

INSTANTIATE_TEST_SUITE_P(AllTargets, Kernels,
                         ::testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& target) { return hwy::TargetName(target.param); });

/// A convolution of one row, with everything that it reads.
struct Example {
  ConvRow job;
  int rows = 0;      // of the input
  int in_width = 0;  // with padding
  Floats in;
  Floats weights;
  Floats bias;
  Floats slopes;
  Floats residual;
  Floats out;
  std::vector<const float*> row_pointers;

  [[nodiscard]] double input(int row, int channel, int column) const {
    const int lanes = job.planes ? 1 : kBlock;
    return row_pointers[size_of(row)][size_of(channel / lanes) * job.block_stride +
                                      size_of(column * lanes + channel % lanes)];
  }
};

double finished(double sum, const Finish& finish, int channel) {
  if (finish.slopes != nullptr && sum < 0) {
    sum *= finish.slopes[channel];
  }
  return std::clamp(sum, static_cast<double>(finish.low), static_cast<double>(finish.high));
}

/// The plain form of both kinds of convolution.
double expected(const Example& example, bool depthwise, int channel, int x) {
  const ConvRow& job = example.job;
  const int in = depthwise ? 1 : job.channels;
  double sum = job.bias[channel];
  for (int ky = 0; ky < job.kernel_height; ++ky) {
    for (int kx = 0; kx < job.kernel_width; ++kx) {
      for (int c = 0; c < in; ++c) {
        const int tap =
            ((channel / kBlock * job.kernel_height + ky) * job.kernel_width + kx) * in + c;
        sum += static_cast<double>(job.weights[tap * kBlock + channel % kBlock]) *
               example.input(ky, depthwise ? channel : c, x * job.stride + kx * job.dilation);
      }
    }
  }
  if (job.residual != nullptr) {
    sum += job.residual[size_of(channel / kBlock) * job.residual_block_stride +
                        size_of(x * kBlock + channel % kBlock)];
  }
  return finished(sum, job.finish, channel);
}

void expect_equal(const Example& example, bool depthwise, const std::string& what) {
  const ConvRow& job = example.job;
  for (int channel = 0; channel < job.out_blocks * kBlock; ++channel) {
    for (int x = 0; x < job.width; ++x) {
      const float got = example.out[size_of(channel / kBlock) * job.out_block_stride +
                                    size_of(x * kBlock + channel % kBlock)];
      const double want = expected(example, depthwise, channel, x);
      ASSERT_NEAR(got, want, 2e-5 * (1 + std::abs(want)))
          << what << ", channel " << channel << ", pixel " << x;
    }
  }
}

struct Shape {
  int channels;
  int out_channels;
  int width;
  int kernel;
  int stride;
  int dilation = 1;
  bool planes = false;
};

class Convolution : public Kernels {
 protected:
  Example example(const Shape& shape, bool depthwise) {
    Example made;
    ConvRow& job = made.job;
    job.channels = shape.channels;
    job.planes = shape.planes;
    job.kernel_height = job.kernel_width = shape.kernel;
    job.stride = shape.stride;
    job.dilation = shape.dilation;
    job.width = shape.width;
    job.out_blocks = whole_blocks(shape.out_channels) / kBlock;
    const auto lanes = size_of(shape.planes ? 1 : kBlock);
    const std::size_t blocks =
        size_of(shape.planes ? shape.channels : whole_blocks(shape.channels)) / lanes;
    const auto in_width =
        size_of((shape.width - 1) * shape.stride + (shape.kernel - 1) * shape.dilation + 1);
    job.block_stride = in_width * lanes;
    const std::size_t row = blocks * job.block_stride;
    const std::size_t padded = (row + kBlock - 1) / kBlock * kBlock;
    made.in = random_floats(padded * size_of(shape.kernel));
    for (int y = 0; y < shape.kernel; ++y) {
      made.row_pointers.push_back(made.in.data() + size_of(y) * padded);
    }
    job.rows = made.row_pointers.data();
    const auto outs = size_of(job.out_blocks * kBlock);
    made.weights = random_floats(outs * size_of(shape.kernel * shape.kernel) *
                                 size_of(depthwise ? 1 : shape.channels));
    made.bias = random_floats(outs);
    made.slopes = random_floats(outs);
    made.residual = random_floats(outs * size_of(shape.width));
    // One pixel more, which has to stay as it is.
    job.out_block_stride = size_of(shape.width + 1) * kBlock;
    made.out = Floats(size_of(job.out_blocks) * job.out_block_stride, 77.0F);
    job.weights = made.weights.data();
    job.bias = made.bias.data();
    job.out = made.out.data();
    job.residual_block_stride = size_of(shape.width) * kBlock;
    return made;
  }

  void check(const Shape& shape, bool depthwise) {
    const std::string what =
        "channels " + std::to_string(shape.channels) + " to " + std::to_string(shape.out_channels) +
        ", width " + std::to_string(shape.width) + ", kernel " + std::to_string(shape.kernel) +
        ", stride " + std::to_string(shape.stride);
    for (int variant = 0; variant < 4; ++variant) {
      Example made = example(shape, depthwise);
      if (variant == 1) {
        made.job.finish.low = 0;
        made.job.finish.high = 0.5F;
      }
      if (variant >= 2) {
        made.job.finish.slopes = made.slopes.data();
      }
      if (variant == 3 && !depthwise) {
        made.job.residual = made.residual.data();
      }
      depthwise ? convolve_row_depthwise(made.job) : convolve_row(made.job);
      expect_equal(made, depthwise, what + ", variant " + std::to_string(variant));
      for (int block = 1; block <= made.job.out_blocks; ++block) {
        EXPECT_EQ(made.out[size_of(block) * made.job.out_block_stride - 1], 77.0F);
      }
    }
  }
};

INSTANTIATE_TEST_SUITE_P(AllTargets, Convolution,
                         ::testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& target) { return hwy::TargetName(target.param); });

TEST_P(Convolution, EqualsThePlainLoopsForEveryWidthAndNumberOfBlocks) {
  for (int width = 1; width <= 14; ++width) {
    for (const int out : {1, 16, 33, 48, 64, 81}) {
      check({20, out, width, 1, 1}, false);
    }
  }
}

TEST_P(Convolution, EqualsThePlainLoopsForEveryKindOfWindow) {
  for (const int channels : {1, 3, 16, 40}) {
    check({channels, 24, 13, 3, 1}, false);
    check({channels, 24, 7, 3, 2}, false);
    check({channels, 24, 9, 3, 1, 3}, false);
    check({channels, 24, 5, 4, 4}, false);
    check({channels, 24, 3, 1, 2}, false);
  }
}

TEST_P(Convolution, TakesPlanes) {
  for (const int channels : {1, 3}) {
    check({channels, 64, 13, 3, 2, 1, true}, false);
    check({channels, 16, 29, 3, 1, 1, true}, false);
  }
}

TEST_P(Convolution, OfEachChannelByItselfEqualsThePlainLoops) {
  for (const int channels : {1, 16, 40}) {
    for (const int width : {1, 2, 7, 8, 9, 31}) {
      check({channels, channels, width, 3, 1}, true);
      check({channels, channels, width, 3, 2}, true);
    }
    check({channels, channels, 5, 3, 3}, true);
    check({channels, channels, 5, 3, 1, 2}, true);
    check({channels, channels, 5, 5, 1}, true);
    check({channels, channels, 1, 7, 1}, true);
    check({channels, channels, 1, 8, 1}, true);
  }
}

TEST_P(Kernels, PoolWindowsThatEndWithTheMap) {
  for (const int in_width : {1, 4, 5, 9}) {
    for (const int kernel : {1, 2, 3}) {
      for (const bool average : {false, true}) {
        const int width = (in_width + 1) / 2;
        const auto row = size_of(in_width) * kBlock;
        const Floats in = random_floats(2 * row * 2);
        Floats out(size_of(2 * width) * kBlock);
        const float* rows[] = {in.data(), in.data() + 2 * row};
        PoolRow job;
        job.rows = rows;
        job.kernel_height = 2;
        job.kernel_width = kernel;
        job.stride = 2;
        job.in_width = in_width;
        job.block_stride = row;
        job.out = out.data();
        job.out_block_stride = size_of(width) * kBlock;
        job.blocks = 2;
        job.width = width;
        job.average = average;
        pool_row(job);
        for (int i = 0; i < 2 * width * kBlock; ++i) {
          const int x = i / kBlock % width;
          double sum = 0;
          double highest = -2;
          int count = 0;
          for (int column = 2 * x; column < std::min(2 * x + kernel, in_width); ++column) {
            for (const float* pixels : rows) {
              const float value =
                  pixels[size_of(i / kBlock / width) * row + size_of(column * kBlock + i % kBlock)];
              sum += value;
              highest = std::max(highest, static_cast<double>(value));
              ++count;
            }
          }
          ASSERT_NEAR(out[size_of(i)], average ? sum / count : highest, 1e-6);
        }
      }
    }
  }
}

float plain(Arithmetic operation, float a, float b) {
  switch (operation) {
    case Arithmetic::kAdd:
      return a + b;
    case Arithmetic::kSubtract:
      return a - b;
    default:
      return a * b;
  }
}

TEST_P(Kernels, CombineAnyNumberOfValues) {
  for (const auto operation : {Arithmetic::kAdd, Arithmetic::kSubtract, Arithmetic::kMultiply}) {
    for (std::size_t count = 0; count < 40; ++count) {
      const Floats a = random_floats(count);
      const Floats b = random_floats(count);
      Floats out(count + 1, 77.0F);
      combine(operation, a.data(), b.data(), out.data(), count);
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_EQ(out[i], plain(operation, a[i], b[i]));
      }
      ASSERT_EQ(out[count], 77.0F);
    }
    Floats pixels = random_floats(std::size_t{7} * kBlock);
    const Floats before = pixels;
    const Floats constants = random_floats(kBlock);
    combine_block(operation, pixels.data(), constants.data(), pixels.data(), 7);
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      ASSERT_EQ(pixels[i], plain(operation, before[i], constants[i % kBlock]));
    }
  }
}

TEST_P(Kernels, FinishABlock) {
  Floats values = random_floats(std::size_t{5} * kBlock);
  const Floats before = values;
  const Floats slopes = random_floats(kBlock);
  const Finish finish = {slopes.data(), -0.25F, 0.5F};
  finish_block(finish, values.data(), 5);
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_NEAR(values[i], finished(before[i], finish, static_cast<int>(i % kBlock)), 1e-7);
  }
}

TEST_P(Kernels, SigmoidAndTanhAreAccurateWhereverAValueStands) {
  for (const std::size_t count : {std::size_t{1}, std::size_t{7}, std::size_t{333}}) {
    Floats x(count);
    for (std::size_t i = 0; i < count; ++i) {
      x[i] = static_cast<float>(i) / 3 - 55;
    }
    Floats squashed = x;
    Floats bent = x;
    sigmoid(squashed.data(), count);
    everyface::tanh(bent.data(), count);
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_NEAR(squashed[i], 1 / (1 + std::exp(-static_cast<double>(x[i]))), 1e-6);
      ASSERT_NEAR(bent[i], std::tanh(static_cast<double>(x[i])), 1e-6);
      float alone = x[i];
      sigmoid(&alone, 1);
      ASSERT_EQ(alone, squashed[i]);
    }
  }
}

TEST_P(Kernels, SigmoidOfLargeNumbersIsZeroOrOne) {
  Floats x = {-1e30F, -200, 200, 1e30F};
  sigmoid(x.data(), x.size());
  EXPECT_NEAR(x[0], 0, 1e-30);
  EXPECT_NEAR(x[1], 0, 1e-30);
  EXPECT_EQ(x[2], 1);
  EXPECT_EQ(x[3], 1);
}

}  // namespace
}  // namespace everyface
