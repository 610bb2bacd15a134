// From a file that somebody sends to a photo before the moderators, or to words on what to change.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "everyface/base/box.h"
#include "everyface/store/uuid.h"
#include "everyface/web/config.h"
#include "everyface/web/html.h"
#include "everyface/web/request.h"
#include "everyface/web/router.h"

namespace everyface::web {

class Commons;

/// What a form holds besides its files.
inline constexpr std::uint64_t kFormOverhead = 64 * 1024;

struct UploadOutcome {
  std::string name;           ///< the file's, as the sender named it
  std::optional<Uuid> photo;  ///< sent; else why not:
  std::string headline;
  std::vector<std::string> reasons;  ///< sentences
  std::vector<std::string> codes;    ///< the same for programs
  bool asks = false;                 ///< an answer is enough, no other photo is needed
  std::vector<Box> faces;            ///< not empty: which of them is the contributor?
  int width = 0;                     ///< of `preview`, in whose pixels the faces are
  int height = 0;
  std::string preview;       ///< JPEG, with `faces`
  std::string dark_preview;  ///< JPEG: how it would look brightened, where that is the question
};

/// Cleans, checks and submits one file of a form; the field "face" says which of several faces is
/// the contributor's (from 1), the field "light" whether a dark one is published brightened.
UploadOutcome submit_upload(Commons& commons, const Request& request, const Upload& upload);

/// For the page and its script.
View outcome_view(const Request& request, const UploadOutcome& outcome, std::size_t index);

/// A route that takes photos.
RouteOptions upload_route(const Config& config);

}  // namespace everyface::web
