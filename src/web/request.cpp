#include "everyface/web/request.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "everyface/base/text.h"

namespace everyface::web {
namespace {

Error disk_error(const std::string& folder, const char* what) {
  return Error{folder + ": an upload could not be " + what +
               " there: " + std::generic_category().message(errno)};
}

/// The weight that an Accept header gives the media range, 0 where it is not named.
double accept_weight(std::string_view accept, std::string_view range) {
  for (const std::string_view part : split(accept, ',')) {
    const auto pieces = split(part, ';');
    if (lower_case(trim(pieces.front())) != range) {
      continue;
    }
    for (const std::string_view parameter : pieces) {
      if (const std::string_view piece = trim(parameter); piece.starts_with("q=")) {
        return parse_number(piece.substr(2)).value_or(0.0);
      }
    }
    return 1.0;
  }
  return 0.0;
}

}  // namespace

std::string_view method_name(Method method) {
  constexpr std::array<std::string_view, 6> kNames = {"GET", "HEAD",  "POST",
                                                      "PUT", "PATCH", "DELETE"};
  return kNames.at(static_cast<std::size_t>(method));
}

std::string_view role_name(Role role) {
  constexpr std::array<std::string_view, 4> kNames = {"anonymous", "contributor", "moderator",
                                                      "administrator"};
  return kNames.at(static_cast<std::size_t>(role));
}

std::string_view Request::cookie(std::string_view name) const {
  return cookies.get("__Host-" + std::string(name));
}

bool Request::wants_json() const {
  if (path.starts_with("/api/")) {
    return true;
  }
  const std::string_view accept = headers.get("Accept");
  return accept_weight(accept, "application/json") > accept_weight(accept, "text/html");
}

Spool::Spool(std::size_t memory_bytes, std::string folder)
    : memory_bytes_(memory_bytes), folder_(std::move(folder)) {}

Spool::Spool(Spool&& other) noexcept
    : memory_bytes_(other.memory_bytes_),
      folder_(std::move(other.folder_)),
      memory_(std::move(other.memory_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(std::exchange(other.size_, 0)) {}

Spool& Spool::operator=(Spool&& other) noexcept {
  std::swap(memory_bytes_, other.memory_bytes_);
  std::swap(folder_, other.folder_);
  std::swap(memory_, other.memory_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  return *this;
}

Spool::~Spool() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

Result<void> Spool::append(std::string_view bytes) {
  size_ += bytes.size();
  if (descriptor_ < 0 && size_ <= memory_bytes_) {
    memory_ += bytes;
    return {};
  }
  if (descriptor_ < 0) {
    descriptor_ = ::open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor_ < 0) {
      return disk_error(folder_, "kept");
    }
    const std::string so_far = std::exchange(memory_, {});
    size_ -= so_far.size() + bytes.size();
    if (auto kept = append(so_far); !kept) {
      return kept;
    }
    size_ += bytes.size();
  }
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      return disk_error(folder_, "written");
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::string> Spool::read() const {
  if (descriptor_ < 0) {
    return memory_;
  }
  std::string bytes(size_, '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = ::pread(descriptor_, bytes.data() + filled, bytes.size() - filled,
                                static_cast<off_t>(filled));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      return disk_error(folder_, "read back");
    }
    filled += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace everyface::web
