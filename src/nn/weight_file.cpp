#include "nn/weight_file.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <exception>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <stdexcept>
#include <utility>

#include "everyface/base/text.h"

namespace everyface {
namespace {

static_assert(std::endian::native == std::endian::little, "weight files are read as they are");

constexpr std::string_view kMagic = "EVFWGHT\n";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kAlignment = 64;
constexpr std::size_t kMostDimensions = 8;
constexpr int kMostNumber = 1 << 20;
constexpr std::size_t kMostLength = std::size_t{1} << 32U;

struct Start {
  char magic[8];
  std::uint32_t version;
  std::uint32_t header_bytes;
  std::uint64_t file_bytes;
};
static_assert(sizeof(Start) == 24);

std::size_t aligned(std::size_t offset) {
  return (offset + kAlignment - 1) / kAlignment * kAlignment;
}

/// The header's table, before any value is read.
struct Entry {
  std::string name;
  std::vector<std::size_t> shape;
  bool half = false;
};

struct Header {
  WeightFile file;  // its tensors still to come
  std::vector<Entry> entries;
};

/// Throws where it is none from 0 to `most`.
template <typename T>
T whole_number(const nlohmann::json& value, T most) {
  if (!value.is_number_unsigned() ||
      value.get<std::uint64_t>() > static_cast<std::uint64_t>(most)) {
    throw std::invalid_argument("not a whole number: " + value.dump().substr(0, 40));
  }
  return value.get<T>();
}

/// Throws std::exception where a field is missing or of another kind.
Header parse_header(std::string_view text) {
  const auto json = nlohmann::json::parse(text);
  Header header;
  json.at("network").get_to(header.file.network);
  for (const auto& [name, value] : json.at("configuration").items()) {
    auto& numbers = header.file.configuration[name];
    for (const auto& number : value.is_array() ? value : nlohmann::json::array({value})) {
      numbers.push_back(whole_number(number, kMostNumber));
    }
  }
  for (const auto& one : json.at("tensors")) {
    Entry entry;
    one.at("name").get_to(entry.name);
    for (const auto& length : one.at("shape")) {
      entry.shape.push_back(whole_number(length, kMostLength));
    }
    entry.half = one.at("type") == "float16";
    if (!entry.half && one.at("type") != "float32") {
      throw std::invalid_argument("unknown type of values");
    }
    header.entries.push_back(std::move(entry));
  }
  return header;
}

/// The product of the dimensions, or 0 where it is more than `most`.
std::size_t count_values(const std::vector<std::size_t>& shape, std::size_t most) {
  std::size_t count = 1;
  for (const std::size_t length : shape) {
    if (length == 0 || length > most / count) {
      return 0;
    }
    count *= length;
  }
  return count;
}

bool all_finite(const Floats& values) {
  return std::all_of(values.begin(), values.end(),
                     [](float value) { return std::isfinite(value); });
}

Floats read_values(const char* from, std::size_t count, bool half) {
  Floats values(count);
  if (!half) {
    std::memcpy(values.data(), from, count * sizeof(float));
    return values;
  }
  std::vector<cv::float16_t> halves(count);
  std::memcpy(halves.data(), from, count * sizeof(cv::float16_t));
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = static_cast<float>(halves[i]);
  }
  return values;
}

}  // namespace

Result<WeightFile> read_weight_file(std::string_view bytes) {
  Start start{};
  if (bytes.size() < sizeof start) {
    return Error{"not a weight file (" + std::to_string(bytes.size()) + " bytes)"};
  }
  std::memcpy(&start, bytes.data(), sizeof start);
  if (std::string_view(start.magic, sizeof start.magic) != kMagic) {
    return Error{"not a weight file"};
  }
  if (start.version != kVersion) {
    return Error{"a weight file of version " + std::to_string(start.version) +
                 "; this program reads version " + std::to_string(kVersion)};
  }
  if (start.file_bytes != bytes.size()) {
    return Error{"damaged: " + std::to_string(bytes.size()) + " bytes where its header says " +
                 std::to_string(start.file_bytes)};
  }
  if (start.header_bytes > bytes.size() - sizeof start) {
    return Error{"damaged: its header reaches beyond its end"};
  }
  Header header;
  try {
    header = parse_header(bytes.substr(sizeof start, start.header_bytes));
  } catch (const std::exception& problem) {
    return Error{"damaged: its header is malformed: " + to_valid_utf8(problem.what())};
  }

  std::size_t at = sizeof start + start.header_bytes;
  for (Entry& entry : header.entries) {
    const std::string name = "tensor \"" + to_valid_utf8(entry.name) + "\"";
    const std::size_t value_bytes = entry.half ? sizeof(cv::float16_t) : sizeof(float);
    at = aligned(at);
    const std::size_t left = at < bytes.size() ? (bytes.size() - at) / value_bytes : 0;
    const std::size_t count =
        entry.shape.size() <= kMostDimensions ? count_values(entry.shape, left) : 0;
    if (count == 0) {
      return Error{"damaged: " + name + " is empty or reaches beyond the end"};
    }
    WeightFile::Tensor tensor{std::move(entry.shape),
                              read_values(bytes.data() + at, count, entry.half)};
    if (!all_finite(tensor.values)) {
      return Error{"damaged: " + name + " holds values that are not finite"};
    }
    if (!header.file.tensors.emplace(std::move(entry.name), std::move(tensor)).second) {
      return Error{"damaged: " + name + " is there twice"};
    }
    at += count * value_bytes;
  }
  if (at != bytes.size()) {
    return Error{"damaged: bytes after its end"};
  }
  return std::move(header.file);
}

}  // namespace everyface
