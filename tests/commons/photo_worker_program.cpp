// photo_worker_program MODE [ONCE_FILE]: a photo worker for tests. "honest" is the real one; the
// others close the same sandbox and then do what a taken-over or faulty decoder might. With a file
// named, only the worker that gets to remove that file misbehaves and all later ones are honest.
#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "commons/sandbox.h"
#include "commons/worker_answer.h"
#include "everyface/commons/photo_sandbox.h"

namespace {

using namespace everyface;

void say(const void* bytes, std::size_t count) {
  if (::write(STDOUT_FILENO, bytes, count) < 0) {
    ::_exit(3);
  }
}

void take_a_few_bytes() {
  char bytes[16];
  if (::read(STDIN_FILENO, bytes, sizeof bytes) < 0) {
    ::_exit(3);
  }
}

void say_framed(std::string_view text) {
  const auto length = static_cast<std::uint32_t>(text.size());
  say(&length, sizeof length);
  say(text.data(), text.size());
}

void misbehave(std::string_view mode) {
  take_a_few_bytes();
  if (mode == "hangs") {
    while (true) {
      ::sleep(1);
    }
  } else if (mode == "crashes") {
    std::abort();
  } else if (mode == "opens-a-file") {
    static_cast<void>(::open("/etc/passwd", O_RDONLY));
  } else if (mode == "babbles") {
    say_framed("\xff\xfe not an answer");
  } else if (mode == "promises-too-much") {
    WorkerAnswer answer;
    answer.signals.format = "JPEG";
    answer.signals.width = answer.signals.height = 100'000;
    answer.width = answer.height = 100'000;
    say_framed(write_answer(answer));
  } else if (mode == "claims-a-long-answer") {
    const std::uint32_t length = 0xffffffff;
    say(&length, sizeof length);
  }
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view mode = count > 1 ? arguments[1] : "honest";
  if (mode == "honest" || (count > 2 && ::unlink(arguments[2]) != 0)) {
    run_photo_worker();
  }
  if (mode == "has-no-sandbox" || !enter_sandbox()) {
    return 1;
  }
  say(&kWorkerReady, 1);
  misbehave(mode);
  ::_exit(0);
}
