// Pages that many see alike, as they were last rendered.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace everyface::web {

/// Thread-safe. Holds few pages: beyond kMost, all are let go.
class KeptPages {
 public:
  /// None where it is not kept, or is of another version.
  std::shared_ptr<const std::string> find(const std::string& key, std::int64_t version) {
    const std::lock_guard lock(mutex_);
    const auto found = pages_.find(key);
    return found != pages_.end() && found->second.version == version ? found->second.html : nullptr;
  }

  void keep(const std::string& key, std::int64_t version, std::string html) {
    auto page = std::make_shared<const std::string>(std::move(html));
    const std::lock_guard lock(mutex_);
    if (pages_.size() >= kMost) {
      pages_.clear();
    }
    pages_[key] = {version, std::move(page)};
  }

 private:
  struct Page {
    std::int64_t version = 0;
    std::shared_ptr<const std::string> html;
  };
  static constexpr std::size_t kMost = 256;

  std::mutex mutex_;
  std::map<std::string, Page> pages_;
};

}  // namespace everyface::web
