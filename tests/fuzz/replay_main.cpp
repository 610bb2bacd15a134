// Drives one fuzz target without libFuzzer: TARGET COUNT PATH... runs every file of the paths and
// then COUNT seeded random mutations of them, the same ones each time. An input that ends the
// program is written to TARGET.input; TARGET 0 TARGET.input runs it again.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <new>
#include <string>
#include <vector>

#include "everyface/base/file.h"
#include "everyface/base/random.h"
#include "tests/fuzz/fuzz.h"

namespace everyface::fuzz {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> read_corpus(const std::vector<fs::path>& paths) {
  std::vector<fs::path> files;
  for (const fs::path& path : paths) {
    if (!fs::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    for (const fs::directory_entry& entry : fs::directory_iterator(path)) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> corpus;
  for (const fs::path& file : files) {
    auto content = read_file(file);
    if (!content) {
      std::cerr << content.error().message << "\n";
      std::exit(2);
    }
    corpus.push_back(std::move(*content));
  }
  return corpus;
}

/// Changes, inserts, removes, repeats or splices a few bytes.
std::string mutate(std::string text, const std::vector<std::string>& corpus, Random& random) {
  const auto below = [&random](std::size_t count) {
    return static_cast<std::size_t>(random.below(count));
  };
  const std::size_t changes = 1 + below(6);
  for (std::size_t i = 0; i < changes; ++i) {
    const std::size_t at = below(text.size() + 1);
    const std::size_t length = std::min(text.size() - at, 1 + below(16));
    switch (below(7)) {
      case 0:  // one bit
        if (at < text.size()) {
          text[at] = static_cast<char>(text[at] ^ static_cast<char>(1U << below(8)));
        }
        break;
      case 1:  // any byte
        text.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 2:  // bytes at which numbers of headers and texts turn over
        if (at < text.size()) {
          constexpr char kEdges[] = {'\0', '\x01', '\x7f', '\x80', '\xff', '0', '9', '-', 'e'};
          text[at] = kEdges[below(sizeof kEdges)];
        }
        break;
      case 3:
        text.erase(at, length);
        break;
      case 4:
        text.insert(at, text.substr(at, length));
        break;
      case 5: {  // a piece of another input
        const std::string& other = corpus[below(corpus.size())];
        const std::size_t from = below(other.size() + 1);
        text.insert(at, other.substr(from, 1 + below(64)));
        break;
      }
      default:
        text.resize(at);
    }
  }
  return text;
}

/// Input `index`: the corpus first, then mutations, each with a seed of its own.
std::string input(const std::vector<std::string>& corpus, std::size_t index) {
  if (index < corpus.size()) {
    return corpus[index];
  }
  Random random(index - corpus.size());
  const std::string& start = corpus[static_cast<std::size_t>(random.below(corpus.size()))];
  return mutate(start, corpus, random);
}

void run(const std::string& content) {
  // A block of its own size, so that AddressSanitizer sees reads beyond its end.
  const std::vector<std::uint8_t> bytes(content.begin(), content.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

/// Runs the inputs in a child process, which survives nothing, and says at which one it ended.
/// Returns `count` where it came through.
std::size_t run_all(const std::vector<std::string>& corpus, std::size_t count) {
  void* shared = ::mmap(nullptr, sizeof(std::size_t), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) {
    std::perror("mmap");
    std::exit(2);
  }
  auto* at = new (shared) volatile std::size_t(0);
  const pid_t child = ::fork();
  if (child < 0) {
    std::perror("fork");
    std::exit(2);
  }
  if (child == 0) {
    for (std::size_t i = 0; i < count; ++i) {
      *at = i;
      run(input(corpus, i));
    }
    *at = count;
    std::exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return *at;
}

int replay(const std::vector<std::string>& arguments) {
  const auto count = arguments.size() < 3 ? std::nullopt : parse_int(arguments[1]);
  if (!count || *count < 0) {
    std::cerr << "usage: " << arguments[0] << " COUNT PATH...\n";
    return 2;
  }
  const std::vector<std::string> corpus =
      read_corpus(std::vector<fs::path>(arguments.begin() + 2, arguments.end()));
  if (corpus.empty()) {
    std::cerr << "no inputs in " << arguments[2] << "\n";
    return 2;
  }
  const std::size_t all = corpus.size() + static_cast<std::size_t>(*count);
  if (const std::size_t ended = run_all(corpus, all); ended != all) {
    const std::string kept = fs::path(arguments[0]).filename().string() + ".input";
    std::ofstream(kept, std::ios::binary) << input(corpus, ended);
    std::cerr << "input " << ended << " ended the target; it is in " << fs::absolute(kept) << "\n";
    return 1;
  }
  std::cout << corpus.size() << " inputs and " << *count << " mutations of them\n";
  return 0;
}

}  // namespace
}  // namespace everyface::fuzz

int main(int count, char** arguments) {
  return everyface::fuzz::replay({arguments, arguments + count});
}
