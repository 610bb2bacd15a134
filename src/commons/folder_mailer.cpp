#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "everyface/base/file.h"
#include "everyface/commons/mailer.h"
#include "everyface/store/uuid.h"

namespace everyface {
namespace {

class FolderMailer : public Mailer {
 public:
  FolderMailer(std::filesystem::path folder, Clock clock)
      : folder_(std::move(folder)), clock_(std::move(clock)) {}

  Result<void> send(const Mail& mail) override {
    if (auto made = make_private_folder(); !made) {
      return made;
    }
    const std::string name = fmt::format("{:013}-{}.txt", clock_(), Uuid::make().text());
    return write_file_atomic(folder_ / name, fmt::format("To: {}\nSubject: {}\n\n{}",
                                                         mail.recipient, mail.subject, mail.body));
  }

 private:
  Result<void> make_private_folder() const {
    std::error_code problem;
    if (std::filesystem::exists(folder_, problem)) {
      return {};
    }
    if (auto made = make_folder(folder_); !made) {
      return made;
    }
    std::filesystem::permissions(folder_, std::filesystem::perms::owner_all, problem);
    if (problem) {
      return Error{fmt::format("cannot close folder {} to other users: {}", folder_.string(),
                               problem.message())};
    }
    return {};
  }

  std::filesystem::path folder_;
  Clock clock_;
};

}  // namespace

std::unique_ptr<Mailer> folder_mailer(const std::filesystem::path& folder, Clock clock) {
  return std::make_unique<FolderMailer>(folder, std::move(clock));
}

}  // namespace everyface
