// A person's own data as a ZIP, written as it is read.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/commons/clock.h"
#include "everyface/store/database.h"

namespace everyface {

/// Takes the next bytes of an archive. An error ends the writing.
using ByteSink = std::function<Result<void>(std::string_view bytes)>;

/// A ZIP, written in one go to a sink, with constant memory (libarchive; ZIP64 where needed).
class ZipWriter {
 public:
  explicit ZipWriter(ByteSink sink);
  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;
  ~ZipWriter();

  /// Adds a whole file. `name` is a relative path with "/". Error: the sink's.
  Result<void> add(std::string_view name, std::string_view content, std::int64_t modified_ms);
  /// Writes the directory at the end. Error: the sink's.
  Result<void> finish();

 private:
  class Archive;
  std::unique_ptr<Archive> archive_;
};

/// Adds one part's files of an account to the export: the people part below, the photos elsewhere.
using ExportPart = std::function<Result<void>(ZipWriter& zip, const Uuid& account)>;

/// account.json: address, role, language, times; consents.json with the texts agreed to as
/// consents/*.txt; declarations.json; sessions.json; api-tokens.json (without the tokens);
/// log.json (the audit log's entries by and about the account).
ExportPart people_export(Database& database, const Clock& clock);

/// All parts, one after the other.
Result<void> export_account(const Uuid& account, const std::vector<ExportPart>& parts,
                            const ByteSink& sink);

}  // namespace everyface
