// Counts the faces in a photo: the library in twenty lines.
#include <cstdio>

#include "everyface/detect/detector.h"
#include "everyface/enhance/enhancer.h"
#include "everyface/image/photo.h"
#include "everyface/nn/registry.h"

int main(int argc, char** argv) {
  using namespace everyface;
  const auto photo = load_photo(argc > 1 ? argv[1] : "");
  const auto models = ModelRegistry::open();
  const auto chain = Chain::parse("gamma");
  const auto spec = DetectorSpec::parse("haar");
  if (!photo || !models || !chain || !spec) {
    std::fprintf(stderr, "%s\n", photo ? "setup failed" : photo.error().message.c_str());
    return 1;
  }
  const auto steps = chain->make(*models);
  const auto detector = spec->make({.min_score = 0.5}, *models);
  if (!steps || !detector) {
    std::fprintf(stderr, "%s\n", detector.error().message.c_str());
    return 1;
  }
  Pixels pixels(photo->pixels);
  for (const auto& step : *steps) {
    step->apply(pixels);
  }
  std::printf("%zu\n", (*detector)->detect(pixels.bytes()).size());
}
