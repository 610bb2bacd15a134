// A small reader of XML: elements and their texts, as S3-compatible stores write them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"

namespace everyface::store {

struct XmlElement {
  std::string name;  ///< without a namespace's prefix
  std::string text;  ///< directly in it, entities resolved
  std::vector<XmlElement> children;

  /// The first child of that name, or nullptr.
  [[nodiscard]] const XmlElement* child(std::string_view wanted) const;
};

/// Reads a whole document. Declarations, comments and attributes are skipped. Errors, with the
/// offset: not well-formed, a DOCTYPE or unknown entity, elements more than 16 deep.
Result<XmlElement> parse_xml(std::string_view xml);

}  // namespace everyface::store
