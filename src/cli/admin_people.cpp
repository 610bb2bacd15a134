#include "cli/admin_people.h"

#include "everyface/commons/clock.h"

namespace everyface::cli {
namespace {

Result<Vault> open_vault(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) {
    if (auto made = Vault::create_key_file(file); !made) {
      return made.error();
    }
  }
  return Vault::open(file);
}

}  // namespace

Result<std::unique_ptr<AdminPeople>> AdminPeople::open(AdminSite& site) {
  auto vault = open_vault(site.config.data.folder / "vault.key");
  if (!vault) {
    return vault.error();
  }
  return std::unique_ptr<AdminPeople>(new AdminPeople(site, std::move(*vault)));
}

AdminPeople::AdminPeople(AdminSite& site, Vault vault)
    : vault_(std::move(vault)),
      passwords_(PasswordCost{}),
      people_{site.database,
              passwords_,
              vault_,
              system_clock(),
              {.site_name = site.config.site.name, .base_url = site.config.site.public_url},
              {},
              {}} {}

}  // namespace everyface::cli
