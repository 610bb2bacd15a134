// One row of each kind of node.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <opencv2/core.hpp>

#include "nn/engine.h"

namespace everyface {
namespace {

using Op = Node::Op;

Finish finish_of(const Activation& activation) {
  return {activation.slopes.empty() ? nullptr : activation.slopes.data(), activation.low,
          activation.high};
}

/// Of an array along its last axis, in place.
void softmax(float* values, std::size_t rows, std::size_t length) {
  for (std::size_t row = 0; row < rows; ++row, values += length) {
    const float highest = *std::max_element(values, values + length);
    float sum = 0;
    for (std::size_t i = 0; i < length; ++i) {
      values[i] = std::exp(values[i] - highest);
      sum += values[i];
    }
    for (std::size_t i = 0; i < length; ++i) {
      values[i] /= sum;
    }
  }
}

}  // namespace

void Engine::compute(int index, int row) {
  const Node& what = node(index);
  switch (what.op) {
    case Op::kInput:
      read_photo(what, index, row);
      break;
    case Op::kConvolve:
    case Op::kDepthwise:
      convolve(what, index, row);
      break;
    case Op::kMaxPool:
    case Op::kAveragePool:
      pool(what, index, row);
      break;
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply:
      combine_maps(what, index, row);
      break;
    case Op::kEnlarge:
      enlarge(what, index, row);
      break;
    case Op::kAffine:
      scale(what, index, row);
      break;
    case Op::kConcat:
    case Op::kSlice:
      copy_channels(what, index, row);
      break;
    case Op::kFlatten:
      flatten(what, index, row);
      return;
    case Op::kJoin:
    case Op::kSoftmax:
      return;
  }
  activate(what, index, row);
}

void Engine::read_photo(const Node& what, int index, int row) {
  const MapPlan& to = map(index);
  const std::size_t lanes = to.lanes();
  const auto width = size_of(to.width);
  float* out = row_of(index, row);
  if (!to.planes) {
    for (int block = 0; block < to.blocks; ++block) {
      float* pixels = out + size_of(block) * to.block_stride();
      std::fill(pixels, pixels + width * lanes, 0.0F);
    }
  }
  for (std::size_t c = 0; c < size_of(what.channels); ++c) {
    const float* from = photo_ + (c * size_of(to.height) + size_of(row)) * width;
    float* pixels = out + c / lanes * to.block_stride() + c % lanes;
    const float factor = what.scale.empty() ? 1.0F : what.scale[c];
    const float shift = what.shift.empty() ? 0.0F : what.shift[c];
    if (what.scale.empty() && to.planes) {
      std::copy(from, from + width, pixels);
      continue;
    }
    for (std::size_t x = 0; x < width; ++x) {
      pixels[x * lanes] = from[x] * factor + shift;
    }
  }
}

void Engine::convolve(const Node& what, int index, int row) {
  const MapPlan& from = map(what.inputs[0]);
  const MapPlan& to = map(index);
  const Window& window = what.window;
  ConvRow job;
  rows_.clear();
  const RowRange range = rows_needed(what, 0, from, row);
  for (int y = range.first; y <= range.last; y += window.dilation) {
    const bool inside = y >= 0 && y < from.height;
    const float* pixels = inside ? row_of(what.inputs[0], y)
                                 : buffer_.data() + plan_.zeros + size_of(from.left) * from.lanes();
    rows_.push_back(pixels - size_of(window.left) * from.lanes());
  }
  job.rows = rows_.data();
  job.block_stride = from.block_stride();
  job.channels = node(what.inputs[0]).channels;
  job.planes = from.planes;
  job.kernel_height = window.height;
  job.kernel_width = window.width;
  job.stride = window.stride;
  job.dilation = window.dilation;
  job.weights = what.weights.data();
  job.bias = what.bias.data();
  job.out = row_of(index, row);
  job.out_block_stride = to.block_stride();
  job.out_blocks = to.blocks;
  job.width = to.width;
  job.finish = finish_of(what.activation);
  if (what.inputs.size() > 1) {
    job.residual = row_of(what.inputs[1], row);
    job.residual_block_stride = map(what.inputs[1]).block_stride();
  }
  if (what.op == Op::kConvolve) {
    convolve_row(job);
  } else {
    convolve_row_depthwise(job);
  }
}

void Engine::pool(const Node& what, int index, int row) {
  const MapPlan& from = map(what.inputs[0]);
  const MapPlan& to = map(index);
  const RowRange range = rows_needed(what, 0, from, row);
  rows_.clear();
  for (int y = range.first; y <= std::min(range.last, from.height - 1); ++y) {
    rows_.push_back(row_of(what.inputs[0], y));
  }
  PoolRow job;
  job.rows = rows_.data();
  job.kernel_height = static_cast<int>(rows_.size());
  job.kernel_width = what.window.height == 0 ? from.width : what.window.width;
  job.stride = what.window.stride;
  job.in_width = from.width;
  job.block_stride = from.block_stride();
  job.out = row_of(index, row);
  job.out_block_stride = to.block_stride();
  job.blocks = to.blocks;
  job.width = to.width;
  job.average = what.op == Op::kAveragePool;
  pool_row(job);
}

void Engine::combine_maps(const Node& what, int index, int row) {
  const MapPlan& to = map(index);
  const MapPlan& second = map(what.inputs[1]);
  const bool one_pixel = second.height == 1 && second.width == 1 && to.height * to.width > 1;
  const Arithmetic operation =
      what.op == Op::kAdd
          ? Arithmetic::kAdd
          : (what.op == Op::kSubtract ? Arithmetic::kSubtract : Arithmetic::kMultiply);
  const float* a = row_of(what.inputs[0], row);
  const float* b = row_of(what.inputs[1], one_pixel ? 0 : row);
  float* out = row_of(index, row);
  for (int block = 0; block < to.blocks; ++block) {
    if (one_pixel) {
      combine_block(operation, a, b, out, size_of(to.width));
    } else {
      combine(operation, a, b, out, size_of(to.width) * kBlock);
    }
    a += map(what.inputs[0]).block_stride();
    b += second.block_stride();
    out += to.block_stride();
  }
}

void Engine::enlarge(const Node& what, int index, int row) {
  const MapPlan& from = map(what.inputs[0]);
  const MapPlan& to = map(index);
  for (int block = 0; block < to.blocks; ++block) {
    const float* in =
        row_of(what.inputs[0], row / what.factor) + size_of(block) * from.block_stride();
    float* out = row_of(index, row) + size_of(block) * to.block_stride();
    for (int x = 0; x < from.width; ++x, in += kBlock) {
      for (int copy = 0; copy < what.factor; ++copy, out += kBlock) {
        std::memcpy(out, in, kBlock * sizeof(float));
      }
    }
  }
}

void Engine::scale(const Node& what, int index, int row) {
  const MapPlan& from = map(what.inputs[0]);
  const MapPlan& to = map(index);
  for (int block = 0; block < to.blocks; ++block) {
    const float* in = row_of(what.inputs[0], row) + size_of(block) * from.block_stride();
    float* out = row_of(index, row) + size_of(block) * to.block_stride();
    if (what.scale.empty()) {
      std::copy(in, in + size_of(to.width) * kBlock, out);
      continue;
    }
    combine_block(Arithmetic::kMultiply, in, what.scale.data() + block * kBlock, out,
                  size_of(to.width));
    combine_block(Arithmetic::kAdd, out, what.shift.data() + block * kBlock, out,
                  size_of(to.width));
  }
}

/// Concatenates maps, or takes a slice of one.
void Engine::copy_channels(const Node& what, int index, int row) {
  const MapPlan& to = map(index);
  const auto width = size_of(to.width);
  for (int block = 0; block < to.blocks; ++block) {  // channels that mean nothing stay finite
    float* pixels = row_of(index, row) + size_of(block) * to.block_stride();
    std::fill(pixels, pixels + width * kBlock, 0.0F);
  }
  std::size_t done = 0;
  for (const int input : what.inputs) {
    const MapPlan& from = map(input);
    const auto begin = size_of(what.begin);
    const auto channels =
        what.op == Op::kSlice ? size_of(what.channels) : size_of(node(input).channels);
    for (std::size_t c = 0; c < channels;) {
      const std::size_t source = begin + c;
      const std::size_t target = done + c;
      const float* in = row_of(input, row) + source / kBlock * from.block_stride();
      float* out = row_of(index, row) + target / kBlock * to.block_stride();
      if (source % kBlock == 0 && target % kBlock == 0 && channels - c >= kBlock) {
        std::copy(in, in + width * kBlock, out);
        c += kBlock;
        continue;
      }
      for (std::size_t x = 0; x < width; ++x) {
        out[x * kBlock + target % kBlock] = in[x * kBlock + source % kBlock];
      }
      ++c;
    }
    done += channels;
  }
}

void Engine::activate(const Node& what, int index, int row) {
  const Activation& activation = what.activation;
  const MapPlan& to = map(index);
  const bool finished = what.op == Op::kConvolve || what.op == Op::kDepthwise;
  const bool clamps = !finished && (activation.clamps() || !activation.slopes.empty());
  if (!clamps && activation.function == Activation::Function::kNone) {
    return;
  }
  for (int block = 0; block < to.blocks; ++block) {
    float* pixels = row_of(index, row) + size_of(block) * to.block_stride();
    if (clamps) {
      Finish finish = finish_of(activation);
      finish.slopes = finish.slopes == nullptr ? nullptr : finish.slopes + block * kBlock;
      finish_block(finish, pixels, size_of(to.width));
    }
    if (activation.function == Activation::Function::kSigmoid) {
      sigmoid(pixels, size_of(to.width) * kBlock);
    } else if (activation.function == Activation::Function::kTanh) {
      everyface::tanh(pixels, size_of(to.width) * kBlock);
    }
  }
}

void Engine::flatten(const Node& what, int index, int row) {
  const MapPlan& from = map(what.inputs[0]);
  const auto width = size_of(from.width);
  const auto channels = size_of(what.channels);
  const float* in = row_of(what.inputs[0], row);
  auto* array = arrays_[size_of(index)].ptr<float>();
  for (std::size_t c = 0; c < channels; ++c) {
    const std::size_t source = size_of(what.begin) + c;
    const float* pixels = in + source / kBlock * from.block_stride() + source % kBlock;
    const std::size_t step = what.channels_last ? channels : 1;
    float* out = what.channels_last ? array + size_of(row) * width * channels + c
                                    : array + (c * size_of(from.height) + size_of(row)) * width;
    for (std::size_t x = 0; x < width; ++x) {
      out[x * step] = pixels[x * kBlock];
    }
  }
}

/// What is left to do for an array as a whole.
void Engine::finish_array(const Node& what, int index) {
  cv::Mat& array = arrays_[size_of(index)];
  auto* to = array.ptr<float>();
  if (what.op == Op::kJoin || what.op == Op::kSoftmax) {
    for (const int input : what.inputs) {
      const cv::Mat& from = arrays_[size_of(input)];
      to = std::copy(from.ptr<float>(), from.ptr<float>() + from.total(), to);
    }
  }
  if (what.op == Op::kSoftmax) {
    const auto length = size_of(array.size[array.dims - 1]);
    softmax(array.ptr<float>(), array.total() / length, length);
  }
  if (what.activation.function == Activation::Function::kSigmoid) {
    sigmoid(array.ptr<float>(), array.total());
  }
}

}  // namespace everyface
