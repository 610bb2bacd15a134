// Joining, passwords, addresses, roles, leaving.
//
// Nobody learns from an answer whether an address has an account: request_join(), request_reset()
// and request_email_change() do the same work and answer alike in both cases, and what they found
// is said only in the mail, to whoever reads that address. That is also why a password is chosen
// after following the link and not before: nobody can choose one for an address of somebody else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "everyface/base/result.h"
#include "everyface/commons/account.h"
#include "everyface/commons/people.h"
#include "everyface/commons/sessions.h"

namespace everyface {

/// Who asks for a mail, from where.
struct MailRequest {
  std::string email;
  std::string language;  ///< "en", "de"
  std::string network;   ///< network_of() the client's address
};

/// What a link in a mail is for.
enum class MailPurpose { join, reset, change_email };

struct MailLink {
  MailPurpose purpose;
  std::string email;  ///< the address it was sent to
};

struct PasswordChosen {
  Uuid account;
  bool joined = false;  ///< the account is new
};

class Accounts {
 public:
  /// Keeps a reference.
  explicit Accounts(People& people) : people_(people) {}

  /// Mails a link to choose a password, BASE/choose-password?token=… Where there is an account
  /// already, the mail says so, and its link resets the password. `adult`: the person says to be 18
  /// or older. Codes: adults_only, email_malformed, too_many_attempts.
  Result<void> request_join(const MailRequest& request, bool adult);

  /// The same for a password that was forgotten. Where there is no account, the mail says so, and
  /// offers to join. Codes: email_malformed, too_many_attempts.
  Result<void> request_reset(const MailRequest& request);

  /// What the page behind a link shows. Looking does not use the link up. Code: link_invalid
  /// (unknown, used, too old).
  Result<MailLink> look_at_link(std::string_view token);

  /// Uses up a link of request_join() or request_reset(): creates the account (a contributor, its
  /// address thereby confirmed) or sets its password and ends its sessions. A second factor stays
  /// as it is. Codes: link_invalid, those of check_new_password(), busy.
  Result<PasswordChosen> choose_password(std::string_view token, std::string_view password);

  /// Ends all other sessions of the account; this one goes on under the new token. Codes:
  /// session_ended, password_wrong, too_many_attempts, those of check_new_password(), busy.
  Result<SignedIn> change_password(std::string_view session_token, std::string_view old_password,
                                   std::string_view new_password);

  /// Mails a link to the new address, BASE/confirm-email?token=… Where that address has an account
  /// of its own, the mail says so instead. Codes: password_wrong, too_many_attempts,
  /// email_malformed, busy.
  Result<void> request_email_change(const Uuid& account, std::string_view password,
                                    const MailRequest& request);
  /// Uses up that link. The old address is told. Code: link_invalid.
  Result<void> confirm_email_change(std::string_view token);

  Result<void> set_language(const Uuid& account, std::string_view language);

  /// Codes: password_wrong, too_many_attempts, busy.
  Result<void> check_password(const Uuid& account, std::string_view password);

  /// Leaves: consents are withdrawn, the on_close hook runs, declarations are emptied, sessions,
  /// tokens, password and address are erased; what is left is the key, for the audit log and the
  /// books. The address can join anew. Check the password first. Code: last_administrator.
  Result<void> close(const Uuid& account);

  // For administrators, and for `everyface admin`, which has no account (`actor` is none).

  /// The first account of a site, or a further one, with a password. Codes: email_malformed,
  /// account_exists, those of check_new_password().
  Result<Uuid> create(std::string_view email, std::string_view password, AccountRole role,
                      std::string_view language);
  /// The account's sessions end: its next one has the new role. Codes: unknown_account,
  /// last_administrator.
  Result<void> set_role(const std::optional<Uuid>& actor, const Uuid& account, AccountRole role);
  /// As close(). Codes: unknown_account, last_administrator.
  Result<void> close_for(const std::optional<Uuid>& actor, const Uuid& account);

 private:
  People& people_;
};

}  // namespace everyface
