#include "report/report_files.h"

#include "everyface/base/base64.h"
#include "everyface/base/file.h"

namespace everyface {

Result<void> write_report_files(const ReportFiles& files, const std::filesystem::path& run_folder) {
  for (const NamedTable& table : files.tables) {
    if (auto written = write_file_atomic(run_folder / "tables" / table.name, table.content);
        !written) {
      return written;
    }
  }
  if (auto written = write_file_atomic(run_folder / "report.json", files.json); !written) {
    return written;
  }
  return write_file_atomic(run_folder / "report.html", files.page);
}

Result<std::vector<std::string>> picture_uris(
    const std::vector<std::pair<std::filesystem::path, std::filesystem::path>>& pairs) {
  std::vector<std::string> uris;
  std::size_t bytes = 0;
  for (const auto& [first_path, second_path] : pairs) {
    const Result<std::string> first = read_file(first_path);
    if (!first) {
      return first.error();
    }
    const Result<std::string> second = read_file(second_path);
    if (!second) {
      return second.error();
    }
    bytes += first->size() + second->size();
    if (bytes > kPictureBytes) {
      break;
    }
    uris.push_back("data:image/jpeg;base64," + base64(*first));
    uris.push_back("data:image/jpeg;base64," + base64(*second));
  }
  return uris;
}

}  // namespace everyface
