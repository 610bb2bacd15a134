#include "cli/admin_people.h"

#include "everyface/commons/clock.h"
#include "web/commons.h"

namespace everyface::cli {

Result<std::unique_ptr<AdminPeople>> AdminPeople::open(AdminSite& site) {
  auto vault = web::open_vault(site.config);
  if (!vault) {
    return vault.error();
  }
  auto blobs = web::open_blobs(site.config);
  if (!blobs) {
    return blobs.error();
  }
  return std::unique_ptr<AdminPeople>(new AdminPeople(site, std::move(*vault), std::move(*blobs)));
}

AdminPeople::AdminPeople(AdminSite& site, Vault vault, std::unique_ptr<BlobStore> blobs)
    : vault_(std::move(vault)),
      blobs_(std::move(blobs)),
      passwords_(PasswordCost{}),
      photos_(site.database, *blobs_, vault_, system_clock()),
      people_{
          site.database,
          passwords_,
          vault_,
          system_clock(),
          {.site_name = site.config.site.name, .base_url = site.config.site.public_url},
          [this](Transaction& tx, const Uuid& account) { return photos_.on_close(tx, account); },
          [this](Transaction& tx, const Uuid& account, ConsentKind kind) {
            return photos_.on_withdrawal(tx, account, kind);
          }} {}

}  // namespace everyface::cli
