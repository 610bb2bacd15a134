// The texts of src/commons/texts, which travel inside the program.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/embedded_file.h"
#include "everyface/commons/mailer.h"

namespace everyface {

/// All files of src/commons/texts, by name: "mail/join.en.txt".
const std::vector<EmbeddedFile>& commons_texts();

/// The content of one. Throws where there is none: a mistake of ours.
std::string_view program_text(std::string_view name);

/// A file's first line, and what follows the blank line after it.
struct TitledText {
  std::string_view title;
  std::string_view body;
};
TitledText titled(std::string_view text);

/// "de" or, for all else, "en": the languages of mails and consents.
std::string_view known_language(std::string_view language);

/// What mails say: {site}, {home}, {link} and {hours} in their texts.
struct MailWords {
  std::string site;
  std::string home;  ///< the site's address
  std::string link = {};
  std::int64_t hours = 0;
};

/// The mail of mail/NAME.LANGUAGE.txt.
Mail compose_mail(std::string_view name, std::string_view language, std::string recipient,
                  const MailWords& words);

}  // namespace everyface
