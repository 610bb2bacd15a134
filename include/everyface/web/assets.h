// Files compiled into the program: styles, scripts, pictures, under URLs that change with them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/embedded_file.h"
#include "everyface/web/router.h"

namespace everyface::web {

/// Every file of web/, in order of names ("assets/site.css").
const std::vector<EmbeddedFile>& embedded_files();

/// One file of web/assets.
struct Asset {
  std::string_view name;  ///< "site.css"
  std::string_view content;
  std::string gzip;  ///< empty where compression does not make it smaller
  std::string url;   ///< "/static/site.3f1a….css": kept by browsers for a year
  std::string content_type;
  std::string etag;
};

class Assets {
 public:
  /// Compresses and hashes; a few milliseconds.
  explicit Assets(const std::vector<EmbeddedFile>& files);
  /// Those of the program.
  static const Assets& embedded();

  /// None where no asset has this name.
  [[nodiscard]] const Asset* find(std::string_view name) const;
  [[nodiscard]] const std::vector<Asset>& all() const { return assets_; }
  /// Serves all of them under /static/, and /favicon.ico and /robots.txt where there are such.
  void add_to(Router& router) const;

 private:
  std::vector<Asset> assets_;
};

}  // namespace everyface::web
