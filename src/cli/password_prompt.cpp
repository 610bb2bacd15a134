#include "cli/password_prompt.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <iostream>

#include "everyface/base/file.h"

namespace everyface::cli {
namespace {

/// While it lives, the terminal does not show what is typed.
class HiddenTyping {
 public:
  HiddenTyping() : is_terminal_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (is_terminal_) {
      termios hidden = before_;
      hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
      ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    }
  }
  HiddenTyping(const HiddenTyping&) = delete;
  HiddenTyping& operator=(const HiddenTyping&) = delete;
  ~HiddenTyping() {
    if (is_terminal_) {
      ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
  }

 private:
  termios before_{};
  bool is_terminal_;
};

std::string ask(const char* prompt) {
  fmt::print(stderr, "{}", prompt);
  std::string answer;
  std::getline(std::cin, answer);
  fmt::print(stderr, "\n");
  return answer;
}

Result<std::string> ask_twice() {
  if (::isatty(STDIN_FILENO) == 0) {
    return Error{
        "there is no terminal to type a password at; give --password-file FILE, or "
        "--password-file - for standard input"};
  }
  // Before the first prompt: what is typed as soon as it shows is neither seen nor lost.
  const HiddenTyping hidden;
  std::string password = ask("Password: ");
  if (ask("The same again: ") != password) {
    return Error{"these were two different passwords; nothing was changed"};
  }
  return password;
}

Result<std::string> first_line(const std::string& text, const std::string& name) {
  std::string line = text.substr(0, text.find('\n'));
  if (line.ends_with('\r')) {
    line.pop_back();
  }
  if (line.empty()) {
    return Error{name + ": its first line, the password, is empty"};
  }
  return line;
}

}  // namespace

Result<std::string> read_password(const std::filesystem::path& file) {
  if (file.empty()) {
    return ask_twice();
  }
  if (file == "-") {
    std::string line;
    std::getline(std::cin, line);
    return first_line(line, "standard input");
  }
  constexpr std::uint64_t kMostBytes = 4096;
  auto text = read_file(file, kMostBytes);
  if (!text) {
    return text.error();
  }
  return first_line(*text, file.string());
}

}  // namespace everyface::cli
