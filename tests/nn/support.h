// What the tests of nn/ share: manifests, files, variables of the environment.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "everyface/base/hash.h"

namespace everyface::testing {

inline void write(const std::filesystem::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary) << content;
}

inline std::string read(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// An entry that is right in every field, for a file with this content.
inline nlohmann::json entry_json(const std::string& name, const std::string& content) {
  return {{"name", name},
          {"task", "detect"},
          {"file", name + ".onnx"},
          {"sha256", sha256_hex(content)},
          {"bytes", content.size()},
          {"input", "BGR"},
          {"licence", "MIT"},
          {"use", "anyone"},
          {"paper", "none"},
          {"source", "https://example.invalid/" + name + ".onnx"}};
}

inline std::string manifest_text(const std::vector<nlohmann::json>& entries) {
  return nlohmann::json{{"schema", "everyface.models/1"}, {"models", entries}}.dump();
}

/// Sets a variable of the environment and restores it at the end.
class ScopedVariable {
 public:
  ScopedVariable(std::string name, const std::string& value) : name_(std::move(name)) {
    if (const char* before = std::getenv(name_.c_str())) {
      before_ = before;
      was_set_ = true;
    }
    ::setenv(name_.c_str(), value.c_str(), 1);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;
  ~ScopedVariable() {
    if (was_set_) {
      ::setenv(name_.c_str(), before_.c_str(), 1);
    } else {
      ::unsetenv(name_.c_str());
    }
  }

 private:
  std::string name_;
  std::string before_;
  bool was_set_ = false;
};

}  // namespace everyface::testing
