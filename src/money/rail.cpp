#include "everyface/money/rail.h"

namespace everyface {
namespace {

Error none() { return {"there is no such donation", "not_found"}; }

}  // namespace

Result<std::string> Rail::begin(std::int64_t /*amount*/, const RailAnswers& /*answers*/) {
  return none();
}

Result<RailReceipt> Rail::receipt(std::string_view /*donation*/) { return none(); }

Result<std::string> Rail::act(std::string_view /*donation*/, std::string_view /*action*/) {
  return none();
}

}  // namespace everyface
