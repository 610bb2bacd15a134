#include "web/pages/support.h"

namespace everyface::web {

void add_pages(Router& router, Services& services) {
  for (const auto add : {add_public_pages, add_try_page, add_account_pages, add_second_factor_pages,
                         add_consent_pages, add_contribute_pages, add_photo_pages,
                         add_my_data_pages, add_moderation_pages, add_admin_pages, add_money_pages,
                         add_donation_pages, add_wallet_pages, add_payout_pages,
                         add_wallet_machine_routes, add_release_pages, add_api}) {
    add(router, services);
  }
}

}  // namespace everyface::web
