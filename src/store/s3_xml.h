// What S3-compatible stores answer in XML.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/store/blobs.h"

namespace everyface::store {

struct S3Listing {
  std::vector<BlobEntry> entries;
  /// Given where there are more.
  std::string continuation;
};

/// ListBucketResult of ListObjectsV2. Errors: not XML, not that document, sizes or times that
/// cannot be read, more to come but no way to ask for it.
Result<S3Listing> parse_s3_listing(std::string_view xml);

/// The text of the first element of that name directly in the document's element:
/// "UploadId" in InitiateMultipartUploadResult, "Code" in Error. Nothing where there is none.
std::optional<std::string> s3_field(std::string_view xml, std::string_view document,
                                    std::string_view field);

/// "2009-10-12T17:50:30.000Z" in milliseconds since 1970.
std::optional<std::int64_t> parse_s3_time(std::string_view text);

}  // namespace everyface::store
