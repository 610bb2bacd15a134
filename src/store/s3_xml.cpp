#include "store/s3_xml.h"

#include <charconv>
#include <chrono>

#include "everyface/base/text.h"
#include "store/xml.h"

namespace everyface::store {
namespace {

template <typename Number>
std::optional<Number> whole_number(std::string_view text) {
  Number number{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
}

std::string text_of(const XmlElement& element, std::string_view child) {
  const XmlElement* found = element.child(child);
  return found == nullptr ? std::string() : found->text;
}

}  // namespace

std::optional<std::int64_t> parse_s3_time(std::string_view text) {
  // 2009-10-12T17:50:30.000Z, with or without the fraction
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':' || text.back() != 'Z') {
    return std::nullopt;
  }
  const std::string_view fraction = text.substr(19, text.size() - 20);
  if (!fraction.empty() &&
      (fraction[0] != '.' || fraction.find_first_not_of("0123456789", 1) < fraction.size())) {
    return std::nullopt;
  }
  const auto year = whole_number<int>(text.substr(0, 4));
  const auto month = whole_number<unsigned>(text.substr(5, 2));
  const auto day = whole_number<unsigned>(text.substr(8, 2));
  const auto hour = whole_number<unsigned>(text.substr(11, 2));
  const auto minute = whole_number<unsigned>(text.substr(14, 2));
  const auto second = whole_number<unsigned>(text.substr(17, 2));
  if (!year || !month || !day || !hour || !minute || !second || *hour > 23 || *minute > 59 ||
      *second > 60) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(*month),
                                         std::chrono::day(*day)};
  if (!date.ok()) {
    return std::nullopt;
  }
  const auto time = std::chrono::sys_days(date) + std::chrono::hours(*hour) +
                    std::chrono::minutes(*minute) + std::chrono::seconds(*second);
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

Result<S3Listing> parse_s3_listing(std::string_view xml) {
  auto document = parse_xml(xml);
  if (!document) {
    return document.error();
  }
  if (document->name != "ListBucketResult") {
    return Error{"the store's list of blobs begins with " + document->name +
                 " instead of ListBucketResult"};
  }
  S3Listing listing;
  for (const XmlElement& element : document->children) {
    if (element.name != "Contents") {
      continue;
    }
    const std::string key = text_of(element, "Key");
    const auto bytes = whole_number<std::uint64_t>(text_of(element, "Size"));
    const auto modified = parse_s3_time(text_of(element, "LastModified"));
    if (key.empty() || !bytes || !modified) {
      return Error{
          "the store's list of blobs has an entry without key, size or time that can be "
          "read: '" +
          to_valid_utf8(key) + "'"};
    }
    listing.entries.push_back({key, *bytes, *modified});
  }
  if (text_of(*document, "IsTruncated") == "true") {
    listing.continuation = text_of(*document, "NextContinuationToken");
    if (listing.continuation.empty()) {
      return Error{"the store's list of blobs goes on, but does not say how to ask for the rest"};
    }
  }
  return listing;
}

std::optional<std::string> s3_field(std::string_view xml, std::string_view document,
                                    std::string_view field) {
  const auto read = parse_xml(xml);
  if (!read || read->name != document) {
    return std::nullopt;
  }
  const XmlElement* found = read->child(field);
  return found == nullptr ? std::nullopt : std::optional(found->text);
}

}  // namespace everyface::store
