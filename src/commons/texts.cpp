#include "commons/texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace everyface {

std::string_view program_text(std::string_view name) {
  const std::vector<EmbeddedFile>& texts = commons_texts();
  const auto found = std::find_if(texts.begin(), texts.end(),
                                  [name](const EmbeddedFile& file) { return file.name == name; });
  if (found == texts.end()) {
    throw std::out_of_range("the program has no text " + std::string(name));
  }
  return found->content;
}

TitledText titled(std::string_view text) {
  const std::size_t end = text.find("\n\n");
  return {text.substr(0, end), text.substr(end + 2)};
}

std::string_view known_language(std::string_view language) {
  return language == "de" ? "de" : "en";
}

Mail compose_mail(std::string_view name, std::string_view language, std::string recipient,
                  const MailWords& words) {
  const TitledText text =
      titled(program_text(fmt::format("mail/{}.{}.txt", name, known_language(language))));
  const auto filled = [&words](std::string_view pattern) {
    return fmt::format(fmt::runtime(pattern), fmt::arg("site", words.site),
                       fmt::arg("home", words.home), fmt::arg("link", words.link),
                       fmt::arg("hours", words.hours));
  };
  return {std::move(recipient), filled(text.title), filled(text.body)};
}

}  // namespace everyface
