#include "everyface/nn/checkpoint.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "everyface/base/file.h"
#include "everyface/base/text.h"
#include "everyface/nn/registry.h"
#include "import_scripts.h"
#include "nn/llflow.h"

namespace everyface {
namespace {

namespace fs = std::filesystem;

/// A folder for one file on its way, removed at the end.
class Workplace {
 public:
  Workplace() {
    std::error_code problem;
    std::string pattern = (fs::temp_directory_path(problem) / "everyface-import-XXXXXX").string();
    if (!problem && ::mkdtemp(pattern.data()) != nullptr) {
      path_ = pattern;
    }
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  ~Workplace() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  /// Empty where it could not be made.
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string python() {
  const char* set = std::getenv("EVERYFACE_PYTHON");  // NOLINT(*-mt-unsafe): nothing here sets it
  return set != nullptr && *set != '\0' ? set : "/usr/bin/python3";
}

/// All that comes out of a pipe until its other end is closed.
std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
    if (got > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(got));
    } else if (got == 0 || errno != EINTR) {
      return text;
    }
  }
}

/// The last line that says something.
std::string last_line(const std::string& text) {
  std::string last;
  for (const std::string_view line : split(text, '\n')) {
    if (!trim(line).empty()) {
      last = trim(line);
    }
  }
  return to_valid_utf8(last);
}

/// Runs a Python program to its end. Error: the last line of its standard error.
Result<void> run_python(const std::string& program, const std::vector<std::string>& arguments) {
  const std::string interpreter = python();
  std::vector<std::string> words = {interpreter, "-I", "-c", program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);

  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return Error{std::string("cannot run ") + interpreter + ": " + std::strerror(errno)};
  }
  posix_spawn_file_actions_t actions{};
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  pid_t child = 0;
  const int why =
      ::posix_spawnp(&child, interpreter.c_str(), &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  const std::string said = why == 0 ? read_all(ends[0]) : "";
  ::close(ends[0]);
  if (why != 0) {
    return Error{"importing a checkpoint needs Python and PyTorch, and " + interpreter +
                 " cannot be run (" + std::strerror(why) +
                 "): install python3-torch and python3-yaml"};
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    return {};
  }
  const std::string last = last_line(said);
  return Error{last.empty() ? "the import ended without a word (was there enough memory?)" : last};
}

/// A file:// URL of a path.
std::string url_of(const fs::path& path) {
  std::string url = "file://";
  for (const char c : fs::absolute(path).string()) {
    const auto byte = static_cast<unsigned char>(c);
    if ((std::isalnum(byte) != 0 && byte < 128) || std::strchr("/-_.~", c) != nullptr) {
      url += c;
    } else {
      constexpr char kDigits[] = "0123456789ABCDEF";
      url += {'%', kDigits[byte / 16], kDigits[byte % 16]};
    }
  }
  return url;
}

ModelEntry entry_of_llflow(const fs::path& checkpoint) {
  ModelEntry entry;
  entry.name = "llflow";
  entry.task = "enhance";
  entry.file = "llflow.weights";
  entry.input = "8-bit photo, sides multiples of 8";
  entry.licence = "that of the imported checkpoint";
  entry.use = "as the checkpoint's authors allow";
  entry.paper =
      "Wang, Wan, Yang, Li, Chau and Kot, Low-Light Image Enhancement with Normalizing Flow, AAAI "
      "2022";
  entry.source = url_of(checkpoint);
  return entry;
}

}  // namespace

bool has_checkpoints(std::string_view name) { return name == "llflow"; }

Result<fs::path> import_checkpoint(const ModelRegistry& models, std::string_view name,
                                   const fs::path& checkpoint, const fs::path& configuration) {
  if (!has_checkpoints(name)) {
    return Error{"checkpoints of \"" + std::string(name) +
                 "\" cannot be imported; those of llflow can"};
  }
  const Workplace workplace;
  if (workplace.path().empty()) {
    return Error{"cannot make a temporary folder (is TMPDIR a folder that may be written to?)"};
  }
  const fs::path file = workplace.path() / "weights";
  if (auto ran =
          run_python(kImportLlflow, {checkpoint.string(), configuration.string(), file.string()});
      !ran) {
    return ran.error();
  }
  const auto bytes = read_file(file);
  if (!bytes) {
    return bytes.error();
  }
  if (const auto network = Llflow::read(*bytes); !network) {
    return Error{checkpoint.string() +
                 ": what was made of it cannot be run: " + network.error().message};
  }
  return models.add(entry_of_llflow(checkpoint), *bytes);
}

}  // namespace everyface
