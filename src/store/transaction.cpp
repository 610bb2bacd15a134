#include "everyface/store/database.h"
#include "store/connection.h"

namespace everyface {

DatabaseKind Transaction::kind() const { return connection_.kind(); }

DbResult<void> Transaction::run_text(const std::string& text) {
  if (failure_) {
    return *failure_;
  }
  auto done = connection_.run_once(text);
  return done ? done : fail(done.error());
}

DbResult<std::int64_t> Transaction::run(std::string_view text,
                                        const std::vector<SqlValue>& values) {
  if (failure_) {
    return *failure_;
  }
  auto changed = connection_.execute(text, values);
  return changed ? changed : fail(changed.error());
}

DbResult<void> Transaction::fetch(std::string_view text, const std::vector<SqlValue>& values,
                                  std::span<const SqlColumn> columns,
                                  const std::function<bool(std::span<SqlValue>)>& take) {
  if (failure_) {
    return *failure_;
  }
  auto fetched = connection_.fetch(text, values, columns, take);
  return fetched ? fetched : fail(fetched.error());
}

DatabaseError Transaction::fail(DatabaseError error) {
  failure_ = error;
  return error;
}

DatabaseError Transaction::no_row(std::string_view text) {
  return {DatabaseErrorKind::kNoRow, "no row where one was expected: " + std::string(text)};
}

DatabaseError Transaction::more_than_one(std::string_view text) {
  return fail(
      {DatabaseErrorKind::kOther, "several rows where one was expected: " + std::string(text)});
}

}  // namespace everyface
