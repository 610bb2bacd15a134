// Reading models/manifest.json.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/nn/registry.h"

namespace everyface {

/// The entries of a manifest: {"schema": "everyface.models/1", "models": [entry, ...]}, where an
/// entry has the fields of ModelEntry under the same names. "upstream_sha256" and "conversion" may
/// be left out, and the first needs the second; anything else that is missing, unknown, doubled or
/// malformed is an error, which names `file`, the entry and the field:
/// - name: lower-case letters, digits, "-", "_", "."; starts with a letter or digit
/// - task: detect, enhance, embed or liveness
/// - file: a plain name: no "/", "\" or control characters, not starting with "."
/// - sha256, upstream_sha256: 64 lower-case hexadecimal digits
/// - bytes: 1 to 4 GiB
/// - source: an https://, http:// or file:// URL; anything for a file that ships with the program
/// - embed: for the task "embed" and only there: {"width", "height": 16 to 512 pixels; "points":
/// five
///   [x, y] in the crop; "order": "rgb" or "bgr"; "mean", "std": three numbers each, in that order,
///   std above 0; "dimensions": 16 to 4096}
Result<std::vector<ModelEntry>> parse_manifest(std::string_view text, const std::string& file);

/// The manifest of these entries, none of which has an embed contract: what parse_manifest() reads
/// back. Texts must be valid UTF-8.
std::string manifest_of(const std::vector<ModelEntry>& entries);

}  // namespace everyface
