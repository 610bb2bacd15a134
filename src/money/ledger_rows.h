// What post() and verify() agree on: names of accounts, the text that is hashed, the rules.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "everyface/money/ledger.h"

namespace everyface::ledger {

struct PostingRow {
  std::int64_t position = 0;
  std::string key;
  std::string kind;
  std::string about;
  std::int64_t at_ms = 0;
  std::string previous_hash;
  std::string hash;
  static constexpr auto columns = std::make_tuple(
      &PostingRow::position, &PostingRow::key, &PostingRow::kind, &PostingRow::about,
      &PostingRow::at_ms, &PostingRow::previous_hash, &PostingRow::hash);
};

struct LineRow {
  std::int64_t position = 0;
  std::string kind;
  Uuid owner;
  std::string asset;
  std::int64_t scale = 0;
  std::int64_t amount = 0;
  static constexpr auto columns =
      std::make_tuple(&LineRow::position, &LineRow::kind, &LineRow::owner, &LineRow::asset,
                      &LineRow::scale, &LineRow::amount);
};

/// Postings with their lines, which are in the order of the postings. Error: a kind of account
/// that this program does not know.
Result<std::vector<Recorded>> joined(std::vector<PostingRow>& postings,
                                     const std::vector<LineRow>& lines);

/// Key, kind, lines and words of a posting, each preceded by its length, so that no two postings
/// give the same text.
std::string content_text(const Posting& posting);

/// SHA-256 over the previous hash, position, time and content.
std::string hash_of(const Recorded& recorded);

/// Lines sum to zero in each asset. Codes: ledger_unbalanced, ledger_range.
Result<void> check_balance(const Posting& posting);

/// The balance after a line. Codes: ledger_overdraft, ledger_range.
Result<std::int64_t> moved_balance(const AccountName& account, std::int64_t balance,
                                   std::int64_t amount);

}  // namespace everyface::ledger
