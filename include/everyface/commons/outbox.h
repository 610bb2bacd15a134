// Mails on their way: written in the transaction that causes them, sent later by a worker, so that
// a mail is neither lost in a crash nor sent for a change that did not happen, and so that no
// request waits for a mail server (how long that takes would tell whether there was a mail).
#pragma once

#include <cstddef>
#include <cstdint>

#include "everyface/base/result.h"
#include "everyface/commons/mailer.h"
#include "everyface/store/database.h"

namespace everyface {

/// Puts a mail into the outbox.
Result<void> queue_mail(Transaction& tx, const Mail& mail, std::int64_t now_ms);

struct Delivery {
  std::size_t sent = 0;
  std::size_t postponed = 0;  ///< will be tried again: after 1, 2, 4, … minutes, 6 hours at most
  std::size_t given_up = 0;   ///< refused, or tried 12 times
};

/// Sends up to `limit` mails that are due, the oldest first. Several servers may do it at once: a
/// mail is claimed for ten minutes before it is sent. A server that dies between sending and noting
/// so sends it once more after that. What was sent or given up is deleted, because bodies hold
/// secrets and recipients. Error: the database's; problems of mails are counted, and the last
/// one's message is in `problem` where that is given.
Result<Delivery> deliver_mail(Database& database, Mailer& mailer, const Clock& clock,
                              std::size_t limit = 50, std::string* problem = nullptr);

/// Mails that wait, for metrics.
Result<std::int64_t> waiting_mails(Database& database);

}  // namespace everyface
