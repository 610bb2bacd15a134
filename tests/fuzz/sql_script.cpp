// Scripts of migrations, and statements in the databases' dialects.
#include "store/dialect.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const std::string_view text = fuzz::text_of(data, size);
  const auto statements = store::split_script(text);
  if (!statements) {
    fuzz::require_message(statements.error().message, "line ");
    return 0;
  }
  for (const std::string& statement : *statements) {
    fuzz::require(!statement.empty(), "no statement is empty");
    for (const DatabaseKind kind : {DatabaseKind::kSqlite, DatabaseKind::kPostgres}) {
      const SqlParameters found = find_sql_parameters(store::in_dialect(statement, kind));
      fuzz::require(found.problem == nullptr && found.count == 0, "a statement stays one");
    }
  }
  return 0;
}
