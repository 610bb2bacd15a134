#include <unicode/coll.h>
#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <memory>

#include "everyface/commons/declaration.h"

namespace everyface {

std::vector<Country> countries(std::string_view language) {
  const icu::Locale locale(std::string(language).c_str());
  std::vector<Country> all;
  for (const char* const* code = icu::Locale::getISOCountries(); *code != nullptr; ++code) {
    icu::UnicodeString name;
    icu::Locale("", *code).getDisplayCountry(locale, name);
    Country country{*code, {}};
    name.toUTF8String(country.name);
    all.push_back(std::move(country));
  }
  UErrorCode problem = U_ZERO_ERROR;
  const std::unique_ptr<icu::Collator> order(icu::Collator::createInstance(locale, problem));
  std::sort(all.begin(), all.end(), [&](const Country& a, const Country& b) {
    UErrorCode unsorted = U_ZERO_ERROR;
    return order->compareUTF8(a.name, b.name, unsorted) == UCOL_LESS;
  });
  return all;
}

}  // namespace everyface
