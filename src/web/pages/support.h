// What page handlers share: words in the visitor's language, dates, errors of the commons as words.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "everyface/base/box.h"
#include "everyface/base/result.h"
#include "everyface/payments/amount.h"
#include "everyface/store/uuid.h"
#include "everyface/web/html.h"
#include "everyface/web/request.h"
#include "everyface/web/response.h"
#include "everyface/web/services.h"

namespace everyface::web {

using Values = std::initializer_list<std::pair<std::string_view, std::string>>;

/// The text of a key in the visitor's language, with each placeholder "{name}" replaced by its
/// value. A key that is missing is logged and returned itself.
std::string words(const Request& request, std::string_view key, Values values = {});

/// The text for `count`, which takes the place of "{count}", in the language's plural form.
std::string counted(const Request& request, std::string_view key, std::int64_t count);

/// What an error of the commons means for the visitor: the text "problem.<code>". What has no code
/// is nobody's business but ours: it is logged, and the visitor reads "problem.other".
std::string explain(const Request& request, const Error& error);

/// 200 where the visitor can mend it; 404, 403, 429 or 503 where the code says so; 500 without one.
int status_of(const Error& error);

/// The same for a form that is shown again: 422 where the error is of what was typed or of another
/// server that it names, whatever the code's status is elsewhere.
int status_of_form(const Error& error);

/// A page elsewhere where the visitor goes on: says where they go, and goes there. (A form that
/// redirects to another site is stopped by our own content security policy.)
Response go_page(const App& app, const Request& request, const std::string& url);

/// An error as a page of its own (Response::problem), for what has no form to go back to.
Response problem_page(const Request& request, const Error& error);

/// "24 November 2026" in the visitor's language, UTC; with the time of day: "24 November 2026,
/// 17:05".
std::string date_text(const Request& request, std::int64_t at_ms, bool with_time = false);

/// "1.2 GB", in powers of a thousand.
std::string size_text(const Request& request, std::int64_t bytes);

/// "12.50 EUR", with a comma where the language writes one.
std::string money_text(const Request& request, std::int64_t minor, const everyface::Asset& asset);

/// The visitor's account. Requires a route that asks for a role above anonymous.
Uuid account_of(const Request& request);

/// A key out of the path; none where it is none.
std::optional<Uuid> uuid_parameter(const Request& request, std::string_view name);

/// Redirects to a page that then says what was done: `done` is a key below "done.".
Response redirect_done(std::string_view path, std::string_view done);
/// What redirect_done() asked to be said, if there is such a text: for the view's "done".
View done_text(const Request& request);

/// Everything of the client's address that is used to count requests of one network.
std::string network_of(const Request& request);

/// "data:image/jpeg;base64,…"
std::string jpeg_data_url(std::string_view jpeg);

/// A picture that only this visitor may see.
Response jpeg_response(std::string jpeg);

/// {"x", "y", "w", "h"} in whole pixels, cut at the picture's edge.
View box_view(const Box& box, int width, int height);

/// Paragraphs of a plain text: apart by blank lines.
std::vector<std::string> paragraphs(std::string_view text);

/// Whether the visitor may do what an API token needs this scope for; a session has all.
bool may(const Visitor& visitor, std::string_view scope);

/// Keeps the session's token in the browser.
void set_session_cookie(Response& response, const std::string& token);
void drop_session_cookie(Response& response);

// Each adds the pages of one part of the site.
void add_public_pages(Router& router, Services& services);
void add_try_page(Router& router, Services& services);
void add_account_pages(Router& router, Services& services);
void add_second_factor_pages(Router& router, Services& services);
void add_consent_pages(Router& router, Services& services);
void add_donation_pages(Router& router, Services& services);
void add_wallet_pages(Router& router, Services& services);
void add_payout_pages(Router& router, Services& services);
void add_wallet_machine_routes(Router& router, Services& services);
void add_contribute_pages(Router& router, Services& services);
void add_photo_pages(Router& router, Services& services);
void add_my_data_pages(Router& router, Services& services);
void add_moderation_pages(Router& router, Services& services);
void add_admin_pages(Router& router, Services& services);
void add_money_pages(Router& router, Services& services);
void add_release_pages(Router& router, Services& services);
void add_api(Router& router, Services& services);

}  // namespace everyface::web
