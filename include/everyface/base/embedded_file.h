// A file that the build has put into the program (cmake/embed.cmake).
#pragma once

#include <string_view>

namespace everyface {

struct EmbeddedFile {
  std::string_view name;  ///< below the folder that was embedded: "assets/site.css"
  std::string_view content;
};

}  // namespace everyface
