// What visitors type into forms about people, and an operator's lists of choices.
#include "commons/utf8.h"
#include "everyface/commons/account.h"
#include "everyface/commons/declaration.h"
#include "everyface/commons/mailer.h"
#include "everyface/commons/password.h"
#include "everyface/commons/throttle.h"
#include "everyface/commons/totp.h"
#include "tests/fuzz/fuzz.h"

namespace everyface {
namespace {

void read_as_address(std::string_view text) {
  const auto email = check_email(text);
  if (!email) {
    fuzz::require_message(email.error().message);
    return;
  }
  fuzz::require(check_email(*email).ok() && *check_email(*email) == *email,
                "a checked address is an address, and stays as it is");
  const std::string message =
      mail_message({*email, std::string(text), std::string(text)}, {}, 0, "");
  std::size_t blank = message.find("\r\n\r\n");
  fuzz::require(blank != std::string::npos, "a message has a body");
  for (std::size_t at = message.find('\n'); at < blank; at = message.find('\n', at + 1)) {
    fuzz::require(at > 0 && message[at - 1] == '\r', "lines of a header end in CR LF");
  }
}

void read_as_choices(std::string_view text) {
  const auto choices = DeclarationChoices::parse(text);
  if (!choices) {
    fuzz::require_message(choices.error().message);
    return;
  }
  for (const auto* list : {&choices->groups, &choices->genders, &choices->age_bands}) {
    fuzz::require(!list->empty(), "a list has at least \"prefer not to say\"");
    fuzz::require(!list->front().label("en").empty(), "a choice has an English label");
  }
}

}  // namespace
}  // namespace everyface

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const std::string_view text = fuzz::text_of(data, size);
  read_as_address(text);
  read_as_choices(text);
  if (const auto fine = check_new_password(text, "ada@example.org"); !fine) {
    fuzz::require_message(fine.error().message);
  }
  Declaration said{{"another"}, "woman",          "25-34", std::string(text.substr(0, 2)),
                   {},          std::string(text)};
  if (const auto checked = check_declaration(DeclarationChoices::standard(), said); checked) {
    fuzz::require(printable_characters(checked->free_text).value() <= kMaxFreeTextCharacters,
                  "own words are short");
  }
  fuzz::require(network_of(network_of(text)) == network_of(text), "a network's network is itself");
  const auto step = matching_totp_step("12345678901234567890", text, 10 * kTotpStepMs, 9);
  fuzz::require(!step || *step >= 10, "no code of the last step or before is taken");
  return 0;
}
