#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/admin.h"
#include "everyface/commons/moderation.h"

namespace everyface::cli {
namespace {

using Json = nlohmann::ordered_json;

Json alpha_json(const Agreement& agreement) {
  return agreement.alpha ? Json(*agreement.alpha) : Json(nullptr);
}

std::string alpha_text(const Agreement& agreement) {
  return agreement.alpha ? fmt::format("{:.3f}", *agreement.alpha) : "-";
}

Json to_json(const ModerationStatistics& statistics) {
  Json moderators = Json::array();
  for (const auto& [account, own] : statistics.moderators) {
    moderators.push_back({{"account", account.text()},
                          {"approved", own.approved},
                          {"rejected", own.rejected},
                          {"escalated", own.escalated},
                          {"alpha", alpha_json(own.agreement)},
                          {"units", own.agreement.units},
                          {"gold_answered", own.gold_answered},
                          {"gold_right", own.gold_right}});
  }
  return {{"alpha", alpha_json(statistics.agreement)},
          {"units", statistics.agreement.units},
          {"moderators", std::move(moderators)}};
}

Result<void> show_statistics(AdminSite& site) {
  const auto statistics = moderation_statistics(site.database);
  if (!statistics) {
    return statistics.error();
  }
  if (site.json) {
    fmt::print("{}\n", to_json(*statistics).dump(1));
    return {};
  }
  fmt::print("Krippendorff's alpha: {} over {} items that two or more judged\n",
             alpha_text(statistics->agreement), statistics->agreement.units);
  fmt::print("{:<38}{:>9}{:>9}{:>10}{:>8}{:>7}{:>12}\n", "moderator", "approved", "rejected",
             "escalated", "alpha", "items", "gold right");
  for (const auto& [account, own] : statistics->moderators) {
    fmt::print("{:<38}{:>9}{:>9}{:>10}{:>8}{:>7}{:>12}\n", account.text(), own.approved,
               own.rejected, own.escalated, alpha_text(own.agreement), own.agreement.units,
               fmt::format("{}/{}", own.gold_right, own.gold_answered));
  }
  return {};
}

}  // namespace

void add_admin_moderation(AdminGroup& admin) {
  CLI::App* group = admin.app().add_subcommand("moderation", "How photos are judged");
  group->require_subcommand(1);
  group->fallthrough();
  CLI::App* command = group->add_subcommand(
      "stats", "How far moderators agree, over all and each, and how they judge gold items");
  command->footer("Example:\n  everyface admin moderation stats --config site.toml --json");
  admin.act(*command, show_statistics);
}

}  // namespace everyface::cli
