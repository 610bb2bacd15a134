// A statement that a connection keeps prepared.
#pragma once

#include <soci/soci.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/store/database.h"

namespace everyface::store {

/// A mistake of the caller: a value that cannot be stored, or a row of other columns.
class StatementMistake : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws what SOCI throws, and StatementMistake. Keeps views of the text.
class Prepared {
 public:
  Prepared(soci::session& session, DatabaseKind kind, std::string_view text);

  /// How many rows were inserted, changed or deleted.
  std::int64_t execute(const std::vector<SqlValue>& values);
  void fetch(const std::vector<SqlValue>& values, std::span<const SqlColumn> columns,
             const std::function<bool(std::span<SqlValue>)>& take);

 private:
  /// Where SOCI reads a parameter from, or writes a column to.
  struct Slot {
    long long integer = 0;
    double real = 0;
    std::string text;
    std::unique_ptr<soci::blob> blob;
    soci::indicator indicator = soci::i_ok;
  };
  class Binding;

  void bind(const std::vector<SqlValue>& values, std::vector<Slot>& slots);
  void bind_one(const SqlValue& value, const std::string& name, Slot& slot);
  void bind_bytes(const Bytes& bytes, const std::string& name, Slot& slot);
  void define(std::span<const SqlColumn> columns, std::vector<Slot>& slots);
  std::vector<SqlValue> take_row(std::span<const SqlColumn> columns, std::vector<Slot>& slots);
  [[nodiscard]] std::size_t columns_of_result();
  /// Lets go of values and results.
  void release();

  soci::session& session_;
  DatabaseKind kind_;
  std::vector<std::string> names_;
  soci::statement statement_;
};

}  // namespace everyface::store
