#include "store/prepared.h"

#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <cmath>
#include <utility>

#include "everyface/base/text.h"
#include "store/dialect.h"

namespace everyface::store {
namespace {

std::string in_hex(const Bytes& bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "\\x";
  text.reserve(2 + 2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0x0fU];
  }
  return text;
}

Bytes from_hex(std::string_view text) {
  const auto digit = [](char c) {
    return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
  };
  if (!text.starts_with("\\x") || text.size() % 2 != 0 ||
      text.find_first_not_of("0123456789abcdef", 2) != std::string_view::npos) {
    throw StatementMistake("a column that is read as bytes is not of type BYTES");
  }
  Bytes bytes;
  bytes.reserve(text.size() / 2 - 1);
  for (std::size_t at = 2; at < text.size(); at += 2) {
    bytes.push_back(static_cast<std::uint8_t>(digit(text[at]) * 16 + digit(text[at + 1])));
  }
  return bytes;
}

Bytes read_blob(soci::blob& blob) {
  Bytes bytes(blob.get_len());
  if (!bytes.empty()) {
    blob.read(0, reinterpret_cast<char*>(bytes.data()), bytes.size());  // NOLINT(*-cast)
  }
  return bytes;
}

}  // namespace

/// Unbinds at the end of a run, before the slots go.
class Prepared::Binding {
 public:
  explicit Binding(Prepared& prepared) : prepared_(prepared) {}
  Binding(const Binding&) = delete;
  Binding& operator=(const Binding&) = delete;
  ~Binding() { prepared_.release(); }

 private:
  Prepared& prepared_;
};

Prepared::Prepared(soci::session& session, DatabaseKind kind, std::string_view text)
    : session_(session), kind_(kind), statement_(session) {
  const SqlParameters found = find_sql_parameters(text);
  names_.assign(found.names.begin(),
                found.names.begin() + static_cast<std::ptrdiff_t>(found.count));
  statement_.alloc();
  statement_.prepare(in_dialect(text, kind), soci::details::st_repeatable_query);
}

std::int64_t Prepared::execute(const std::vector<SqlValue>& values) {
  std::vector<Slot> slots(values.size());
  const Binding binding(*this);
  bind(values, slots);
  statement_.define_and_bind();
  statement_.execute(true);
  return statement_.get_affected_rows();
}

void Prepared::fetch(const std::vector<SqlValue>& values, std::span<const SqlColumn> columns,
                     const std::function<bool(std::span<SqlValue>)>& take) {
  std::vector<Slot> parameters(values.size());
  std::vector<Slot> results(columns.size());
  const Binding binding(*this);
  bind(values, parameters);
  define(columns, results);
  statement_.define_and_bind();
  statement_.execute(false);
  if (const std::size_t count = columns_of_result(); count != columns.size()) {
    throw StatementMistake("it gives " + std::to_string(count) + " columns, but is read into " +
                           std::to_string(columns.size()));
  }
  while (statement_.fetch()) {
    std::vector<SqlValue> row = take_row(columns, results);
    if (!take(row)) {
      throw StatementMistake("a value is not one of those that its column is read as");
    }
  }
}

void Prepared::bind(const std::vector<SqlValue>& values, std::vector<Slot>& slots) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    bind_one(values[i], names_[i], slots[i]);
  }
}

void Prepared::bind_one(const SqlValue& value, const std::string& name, Slot& slot) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    slot.integer = *integer;
    statement_.exchange(soci::use(slot.integer, slot.indicator, name));
  } else if (const auto* real = std::get_if<double>(&value)) {
    if (!std::isfinite(*real)) {
      throw StatementMistake("the value of :" + name + " is not a finite number");
    }
    slot.real = *real;
    statement_.exchange(soci::use(slot.real, slot.indicator, name));
  } else if (const auto* bytes = std::get_if<Bytes>(&value)) {
    bind_bytes(*bytes, name, slot);
  } else {
    if (const auto* text = std::get_if<std::string>(&value)) {
      if (text->find('\0') != std::string::npos || to_valid_utf8(*text) != *text) {
        throw StatementMistake("the value of :" + name +
                               " is not UTF-8, or holds a zero byte: a text may not");
      }
      slot.text = *text;
    } else {
      slot.indicator = soci::i_null;
    }
    statement_.exchange(soci::use(slot.text, slot.indicator, name));
  }
}

void Prepared::bind_bytes(const Bytes& bytes, const std::string& name, Slot& slot) {
  if (kind_ == DatabaseKind::kPostgres) {  // whose blobs are BYTEA here, not SOCI's large objects
    slot.text = in_hex(bytes);
    statement_.exchange(soci::use(slot.text, slot.indicator, name));
    return;
  }
  slot.blob = std::make_unique<soci::blob>(session_);
  slot.blob->write(0, reinterpret_cast<const char*>(bytes.data()), bytes.size());  // NOLINT(*-cast)
  statement_.exchange(soci::use(*slot.blob, slot.indicator, name));
}

void Prepared::define(std::span<const SqlColumn> columns, std::vector<Slot>& slots) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    Slot& slot = slots[i];
    if (columns[i].kind == SqlKind::kInteger) {
      statement_.exchange(soci::into(slot.integer, slot.indicator));
    } else if (columns[i].kind == SqlKind::kReal) {
      statement_.exchange(soci::into(slot.real, slot.indicator));
    } else if (columns[i].kind == SqlKind::kBytes && kind_ == DatabaseKind::kSqlite) {
      slot.blob = std::make_unique<soci::blob>(session_);
      statement_.exchange(soci::into(*slot.blob, slot.indicator));
    } else {
      statement_.exchange(soci::into(slot.text, slot.indicator));
    }
  }
}

std::vector<SqlValue> Prepared::take_row(std::span<const SqlColumn> columns,
                                         std::vector<Slot>& slots) {
  std::vector<SqlValue> row(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    Slot& slot = slots[i];
    if (slot.indicator == soci::i_null) {
      if (!columns[i].may_be_null) {
        throw StatementMistake("column " + std::to_string(i + 1) +
                               " is NULL, but is read into a type that cannot be");
      }
      continue;
    }
    switch (columns[i].kind) {
      case SqlKind::kInteger:
        row[i] = std::int64_t{slot.integer};
        break;
      case SqlKind::kReal:
        row[i] = slot.real;
        break;
      case SqlKind::kText:
        row[i] = std::move(slot.text);
        break;
      case SqlKind::kBytes:
        row[i] = slot.blob ? read_blob(*slot.blob) : from_hex(slot.text);
        break;
    }
  }
  return row;
}

std::size_t Prepared::columns_of_result() {
  auto* backend = statement_.get_backend();
  const int count =
      kind_ == DatabaseKind::kSqlite
          ? sqlite_api::sqlite3_column_count(
                static_cast<soci::sqlite3_statement_backend*>(backend)->stmt_)
          : ::PQnfields(static_cast<soci::postgresql_statement_backend*>(backend)->result_);
  return static_cast<std::size_t>(count);
}

void Prepared::release() {
  statement_.bind_clean_up();
  auto* backend = statement_.get_backend();
  if (kind_ == DatabaseKind::kSqlite) {
    sqlite_api::sqlite3_reset(static_cast<soci::sqlite3_statement_backend*>(backend)->stmt_);
  } else {
    static_cast<soci::postgresql_statement_backend*>(backend)->result_.reset();
  }
}

}  // namespace everyface::store
