// What is left of an uploaded file when it has been cleaned, checked and made ready to publish.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "everyface/base/box.h"
#include "everyface/commons/duplicates.h"

namespace everyface {

struct PreparedPhoto {
  std::string jpeg;       ///< as it will be published: no metadata, other people's faces blurred
  std::string thumbnail;  ///< JPEG
  int width = 0;
  int height = 0;
  Box face;            ///< the contributor's, in pixels
  double quality = 0;  ///< of the automatic check, 0..1
  std::string sha256;  ///< of the file as it was sent
  PerceptualHash perceptual_hash = 0;
  bool camera = false;               ///< the file named a camera
  std::string software;              ///< that wrote the file, where it says so
  std::vector<float> face_template;  ///< of unit length; empty: none was made
  std::string template_model;        ///< which embedder made it: only the same is compared
  double template_distance = 0;      ///< at most so far apart (1 - cosine): may be one person
};

}  // namespace everyface
