#include "everyface/recognize/template_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "everyface/base/file.h"
#include "everyface/base/text.h"

namespace everyface {
namespace {

namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "template files are mapped as they are");

constexpr std::string_view kMagic = "EVFTMPL\n";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kMostDimensions = 4096;
constexpr std::size_t kMostColumns = 1000;
constexpr std::size_t kRowAlignment = 64;
constexpr std::size_t kColumnAlignment = alignof(std::uint64_t);

struct Header {
  char magic[8];
  std::uint32_t version;
  std::uint32_t dimensions;
  std::uint64_t count;
  std::uint64_t info_bytes;
  std::uint64_t file_bytes;
};
static_assert(sizeof(Header) == 40);

std::uint64_t round_up_to(std::uint64_t value, std::uint64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

std::string_view bytes_of(const void* data, std::size_t bytes) {
  return {static_cast<const char*>(data), bytes};
}

std::string info_text(const TemplateInfo& info) {
  nlohmann::ordered_json json;
  json["model"] = info.model;
  json["model_sha256"] = info.model_sha256;
  json["contract_sha256"] = info.contract_sha256;
  json["flip"] = info.flip;
  json["detector"] = info.detector;
  json["columns"] = info.columns;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

Result<void> check_comparable(const TemplateInfo& a, const TemplateInfo& b) {
  if (a.model_sha256 != b.model_sha256 || a.dimensions != b.dimensions) {
    return Error{"templates of " + a.model + " (weights " + a.model_sha256.substr(0, 12) +
                 "…) cannot be compared with templates of " + b.model + " (weights " +
                 b.model_sha256.substr(0, 12) + "…): make both with one model"};
  }
  if (!a.contract_sha256.empty() && !b.contract_sha256.empty() &&
      a.contract_sha256 != b.contract_sha256) {
    return Error{"templates of " + a.model +
                 " from differently prepared crops (its \"embed\" in the manifest has changed) "
                 "cannot be compared: make both with one manifest"};
  }
  if (a.flip != b.flip) {
    return Error{"templates with and without flip averaging cannot be compared: make both alike"};
  }
  return {};
}

std::vector<std::string> distinct_columns(std::vector<std::string> columns) {
  std::set<std::string> taken = {"score"};
  for (std::string& column : columns) {
    const std::string name = column;
    for (int number = 2; !taken.insert(column).second; ++number) {
      column = name + "_" + std::to_string(number);
    }
  }
  return columns;
}

Result<TemplateFile> TemplateFile::open(const fs::path& path) {
  const auto problem = [&path](const std::string& what) {
    return Error{path.string() + ": " + what};
  };
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return problem(std::strerror(errno));
  }
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    return problem("not a file");
  }
  TemplateFile file;
  file.bytes_ = static_cast<std::size_t>(status.st_size);
  if (file.bytes_ < sizeof(Header)) {
    ::close(descriptor);
    return problem("not a template file (" + std::to_string(file.bytes_) + " bytes)");
  }
  void* mapped = ::mmap(nullptr, file.bytes_, PROT_READ, MAP_SHARED, descriptor, 0);
  const int why = errno;
  ::close(descriptor);
  if (mapped == MAP_FAILED) {
    return problem(std::strerror(why));
  }
  file.mapped_ = static_cast<const char*>(mapped);
  if (const auto read = file.read_layout(); !read) {
    return problem(read.error().message);
  }
  return file;
}

Result<void> TemplateFile::read_info(std::string_view text) {
  try {
    const auto json = nlohmann::json::parse(text);
    json.at("model").get_to(info_.model);
    json.at("model_sha256").get_to(info_.model_sha256);
    info_.contract_sha256 = json.value("contract_sha256", "");
    json.at("flip").get_to(info_.flip);
    json.at("detector").get_to(info_.detector);
    json.at("columns").get_to(info_.columns);
  } catch (const nlohmann::json::exception&) {
    return Error{"damaged: its info text is malformed"};
  }
  if (info_.columns.empty() || info_.columns.front() != "name" ||
      info_.columns.size() > kMostColumns) {
    return Error{"damaged: its first column is not \"name\""};
  }
  info_.columns = distinct_columns(std::move(info_.columns));
  return {};
}

Result<void> TemplateFile::read_layout() {
  Header header{};
  std::memcpy(&header, mapped_, sizeof header);
  if (bytes_of(header.magic, sizeof header.magic) != kMagic) {
    return Error{"not a template file"};
  }
  if (header.version != kVersion) {
    return Error{"a template file of version " + std::to_string(header.version) +
                 "; this program reads version " + std::to_string(kVersion)};
  }
  if (header.file_bytes != bytes_) {
    return Error{"damaged: " + std::to_string(bytes_) + " bytes where its header says " +
                 std::to_string(header.file_bytes)};
  }
  // Every part must fit into what is left, compared by division: products could overflow.
  if (header.dimensions < 1 || header.dimensions > kMostDimensions ||
      header.info_bytes > bytes_ - sizeof header) {
    return Error{"damaged: its header is out of range"};
  }
  info_.dimensions = header.dimensions;
  if (const auto read = read_info(bytes_of(mapped_ + sizeof header, header.info_bytes)); !read) {
    return read.error();
  }
  std::uint64_t at = round_up_to(sizeof header + header.info_bytes, kRowAlignment);
  const std::uint64_t row_bytes = header.dimensions * sizeof(float);
  if (at > bytes_ || header.count > (bytes_ - at) / row_bytes) {
    return Error{"damaged: its templates reach beyond its end"};
  }
  count_ = header.count;
  rows_ = {reinterpret_cast<const float*>(mapped_ + at), count_ * info_.dimensions};
  at += count_ * row_bytes;
  for (std::size_t i = 0; i < info_.columns.size(); ++i) {
    at = round_up_to(at, kColumnAlignment);
    if (at > bytes_ || count_ + 1 > (bytes_ - at) / sizeof(std::uint64_t)) {
      return Error{"damaged: its columns reach beyond its end"};
    }
    Column column;
    column.borders = {reinterpret_cast<const std::uint64_t*>(mapped_ + at), count_ + 1};
    at += column.borders.size_bytes();
    std::uint64_t border = 0;
    for (const std::uint64_t next : column.borders) {
      if (next < border || next > bytes_ - at) {
        return Error{"damaged: a value of column " + std::to_string(i + 1) + " is out of place"};
      }
      border = next;
    }
    column.text = bytes_of(mapped_ + at, border);
    at += border;
    columns_.push_back(column);
  }
  if (at != bytes_) {
    return Error{"damaged: bytes after its end"};
  }
  return {};
}

std::string_view TemplateFile::value(std::size_t column, std::size_t index) const {
  const Column& values = columns_[column];
  return values.text.substr(values.borders[index],
                            values.borders[index + 1] - values.borders[index]);
}

TemplateFile::TemplateFile(TemplateFile&& other) noexcept
    : mapped_(std::exchange(other.mapped_, nullptr)),
      bytes_(other.bytes_),
      info_(std::move(other.info_)),
      count_(other.count_),
      rows_(other.rows_),
      columns_(std::move(other.columns_)) {}

TemplateFile& TemplateFile::operator=(TemplateFile&& other) noexcept {
  std::swap(mapped_, other.mapped_);
  std::swap(bytes_, other.bytes_);
  std::swap(info_, other.info_);
  std::swap(count_, other.count_);
  std::swap(rows_, other.rows_);
  std::swap(columns_, other.columns_);
  return *this;
}

TemplateFile::~TemplateFile() {
  if (mapped_ != nullptr) {
    ::munmap(const_cast<char*>(mapped_), bytes_);
  }
}

TemplateWriter::TemplateWriter(fs::path path, TemplateInfo info)
    : path_(std::move(path)),
      info_(std::move(info)),
      info_text_(info_text(info_)),
      columns_(info_.columns.size()) {}

fs::path TemplateWriter::unfinished() const { return path_.string() + ".writing"; }

Result<TemplateWriter> TemplateWriter::create(const fs::path& path, TemplateInfo info) {
  if (info.dimensions < 1 || info.dimensions > kMostDimensions || info.columns.empty() ||
      info.columns.front() != "name" || info.columns.size() > kMostColumns) {
    return Error{path.string() + ": a template file needs 1 to " + std::to_string(kMostDimensions) +
                 " dimensions and a first column \"name\""};
  }
  if (path.has_parent_path()) {
    if (auto made = make_folder(path.parent_path()); !made) {
      return made.error();
    }
  }
  info.columns = distinct_columns(std::move(info.columns));
  TemplateWriter writer(path, std::move(info));
  writer.file_.open(writer.unfinished(), std::ios::binary | std::ios::trunc);
  if (!writer.file_) {
    return Error{"cannot write " + writer.unfinished().string() + ": " + std::strerror(errno)};
  }
  writer.write(std::string(sizeof(Header), '\0'));
  writer.write(writer.info_text_);
  writer.pad_to(kRowAlignment);
  return writer;
}

void TemplateWriter::write(std::string_view bytes) {
  file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  written_ += bytes.size();
}

void TemplateWriter::pad_to(std::size_t multiple) {
  write(std::string(round_up_to(written_, multiple) - written_, '\0'));
}

Result<void> TemplateWriter::add(std::span<const float> row,
                                 const std::vector<std::string>& values) {
  if (row.size() != info_.dimensions || values.size() != columns_.size()) {
    return Error{path_.string() + ": a template of " + std::to_string(row.size()) +
                 " numbers and " + std::to_string(values.size()) +
                 " values does not fit a file of " + std::to_string(info_.dimensions) + " and " +
                 std::to_string(columns_.size())};
  }
  double squares = 0;
  for (const float value : row) {
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  if (!(std::abs(std::sqrt(squares) - 1) < 1e-3)) {  // NaN too
    return Error{path_.string() + ": the template of " + values.front() +
                 " is not of unit length (" + shortest_number(std::sqrt(squares)) + ")"};
  }
  write(bytes_of(row.data(), row.size_bytes()));
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    columns_[i].text += values[i];
    columns_[i].borders.push_back(columns_[i].text.size());
  }
  ++count_;
  if (!file_) {
    return Error{"cannot write " + unfinished().string() + ": " + std::strerror(errno)};
  }
  return {};
}

Result<void> TemplateWriter::finish() {
  for (const Column& column : columns_) {
    pad_to(kColumnAlignment);
    write(bytes_of(column.borders.data(), column.borders.size() * sizeof(std::uint64_t)));
    write(column.text);
  }
  Header header{};
  std::memcpy(header.magic, kMagic.data(), kMagic.size());
  header.version = kVersion;
  header.dimensions = static_cast<std::uint32_t>(info_.dimensions);
  header.count = count_;
  header.info_bytes = info_text_.size();
  header.file_bytes = written_;
  file_.seekp(0);
  file_.write(bytes_of(&header, sizeof header).data(), sizeof header);
  file_.close();
  if (!file_) {
    return Error{"cannot write " + unfinished().string() + ": " + std::strerror(errno)};
  }
  return move_into_place(unfinished(), path_);
}

}  // namespace everyface
