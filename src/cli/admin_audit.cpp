#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/admin.h"
#include "everyface/base/text.h"
#include "everyface/commons/audit_log.h"

namespace everyface::cli {
namespace {

/// "12:9f86…": what an earlier run printed.
Result<std::optional<audit::Head>> noted_head(const std::string& text) {
  if (text.empty()) {
    return std::optional<audit::Head>();
  }
  constexpr std::size_t kHashDigits = 64;
  const std::size_t colon = text.find(':');
  const auto position = parse_int(text.substr(0, colon));
  if (colon == std::string::npos || !position || *position < 1 ||
      text.size() != colon + 1 + kHashDigits) {
    return Error{"--noted: not POSITION:HASH, as everyface admin audit verify prints it"};
  }
  return std::optional(audit::Head{*position, text.substr(colon + 1)});
}

Result<void> verify_log(AdminSite& site, const std::string& noted_text) {
  const auto noted = noted_head(noted_text);
  if (!noted) {
    return noted.error();
  }
  const auto head = audit::verify(site.database, *noted);
  if (!head) {
    return head.error();
  }
  if (site.json) {
    fmt::print("{}\n",
               nlohmann::ordered_json{{"entries", head->position}, {"hash", head->hash}}.dump());
  } else if (head->position == 0) {
    fmt::print("the audit log is empty\n");
  } else {
    fmt::print("the audit log is whole; note elsewhere: {}:{}\n", head->position, head->hash);
  }
  return {};
}

}  // namespace

void add_admin_audit(AdminGroup& admin) {
  CLI::App* group = admin.app().add_subcommand("audit", "The log of who did what");
  group->require_subcommand(1);
  group->fallthrough();
  CLI::App* command = group->add_subcommand(
      "verify", "Compute every hash of the log again and say whether anything was changed");
  auto noted = std::make_shared<std::string>();
  command->add_option("--noted", *noted,
                      "POSITION:HASH of an earlier run: shows entries cut off at the end too");
  command->footer(
      "Examples:\n"
      "  everyface admin audit verify --config site.toml >> /elsewhere/heads\n"
      "  everyface admin audit verify --noted 12:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd1"
      "5d6c15b0f00a08");
  admin.act(*command, [noted](AdminSite& site) { return verify_log(site, *noted); });
}

}  // namespace everyface::cli
