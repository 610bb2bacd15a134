#include "everyface/commons/expiry.h"

namespace everyface {

Result<std::int64_t> remove_expired(Database& database, const Clock& clock) {
  return database.transact([&](Transaction& tx) -> Result<std::int64_t> {
    const std::int64_t now_ms = clock();
    std::int64_t removed = 0;
    for (const SqlFor<std::int64_t> statement :
         {SqlFor<std::int64_t>(sql("DELETE FROM sessions WHERE expires_ms <= :now")),
          SqlFor<std::int64_t>(sql("DELETE FROM mail_links WHERE expires_ms <= :now")),
          SqlFor<std::int64_t>(sql("DELETE FROM throttles WHERE expires_ms <= :now"))}) {
      auto rows = tx.execute<std::int64_t>(statement, now_ms);
      if (!rows) {
        return rows.error();
      }
      removed += *rows;
    }
    return removed;
  });
}

}  // namespace everyface
