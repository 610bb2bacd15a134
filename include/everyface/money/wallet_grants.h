// What owners of wallets have agreed to on their wallet's own page: that the site may pay from it
// (a donor's, the site's), or that it is theirs (a contributor's).
//
// asked -> given | refused; given -> ended | lost. Lost: the wallet no longer takes the token and
// gives no new one; its owner has to be asked again. What a grant's holder could do is sealed.
//
// Codes of errors (Error::code): not_found; grant_state (it was answered already); grant_forged
// (the hash is not that of this grant); grant_busy (another server is at it: try again);
// grant_lost; and those of PaymentError.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/money/wallet_desk.h"

namespace everyface {

enum class GrantState { kAsked, kGiven, kRefused, kLost, kEnded };
std::string_view grant_state_name(GrantState state);

struct WalletGrant {
  Uuid id;
  std::string purpose;
  Uuid subject;
  std::string wallet;
  std::string auth_server;  ///< that asked its owner
  GrantState state = GrantState::kAsked;
};

struct GrantWanted {
  std::string purpose;
  Uuid subject;
  WalletAddress wallet;
  std::vector<PaymentAccess> access;  ///< none: only that the wallet is theirs
};

struct GrantAsked {
  Uuid id;
  std::string redirect;  ///< the wallet's page where its owner decides
};

/// Where the wallet sends its owner back to: the site's address with this path.
std::string grant_return_path(const Uuid& grant);

Result<GrantAsked> ask_for_grant(WalletDesk& desk, const GrantWanted& wanted);

Result<WalletGrant> find_grant(Transaction& tx, const Uuid& grant);
/// The newest of a purpose and subject that is given; none where there is none.
Result<std::optional<WalletGrant>> given_grant(Transaction& tx, std::string_view purpose,
                                               const Uuid& subject);

/// All of them: an owner who was asked twice may have agreed twice.
Result<std::vector<Uuid>> given_grants(Transaction& tx, std::string_view purpose,
                                       const Uuid& subject);

/// Its owner came back with a reference and a hash. Given afterwards; with the access of none, only
/// where the owner showed that the wallet is theirs (else code wallet_not_theirs, and refused).
Result<WalletGrant> finish_grant(WalletDesk& desk, const Uuid& grant,
                                 const std::string& interact_ref, std::string_view hash);
/// Its owner came back without. Does nothing to one that was answered already.
Result<WalletGrant> refuse_grant(WalletDesk& desk, const Uuid& grant);

/// A token that works as far as is known. One that has run out is exchanged first.
Result<std::string> grant_token(WalletDesk& desk, const Uuid& grant);
/// A wallet refused the token: exchanges it, unless that was done since.
Result<std::string> exchange_token(WalletDesk& desk, const Uuid& grant, const std::string& refused);

/// Hands it back; the site can do nothing more with it whatever the wallet answers.
Result<void> end_grant(WalletDesk& desk, const Uuid& grant);
/// Each of them, whatever becomes of the others; the first error.
Result<void> end_grants(WalletDesk& desk, const std::vector<Uuid>& grants);
/// For the background, which ends what it has read. What another server is at waits for the next
/// time.
Result<void> end_unneeded_grants(WalletDesk& desk, const DbResult<std::vector<Uuid>>& unneeded);
/// All of a purpose that have been replaced by a newer one of their subject, so that what an owner
/// allowed last is all that is allowed.
Result<void> end_older_grants(WalletDesk& desk, std::string_view purpose);

}  // namespace everyface
