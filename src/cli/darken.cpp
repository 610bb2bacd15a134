#include <fmt/format.h>

#include <memory>

#include "cli/command.h"
#include "cli/photo_output.h"
#include "everyface/base/file.h"
#include "everyface/image/exposure.h"

namespace everyface::cli {
namespace {

struct Options {
  CommonOptions common;
  std::vector<std::filesystem::path> inputs;
  std::filesystem::path output;
  double exposure_ev = -4;
  SensorNoise noise;
  std::string format = "png";
  PhotoLimits limits;
};

ExitCode run(const Options& options) {
  if (const auto made = make_folder(options.output); !made) {
    return cannot_run(made.error());
  }
  const FoundPhotos found = find_photos(options.inputs, options.output);
  const OutputPaths outputs(options.output, options.format == "same" ? "" : options.format, found);
  const Batch batch = run_batch(
      "darken", found, options.limits, options.common.threads(),
      [&](std::size_t, std::size_t i, const Photo& photo) -> Result<void> {
        const auto path = outputs.of(i);
        if (!path) {
          return path.error();
        }
        const auto seed = exposure_seed(options.common.seed, photo.sha256, options.exposure_ev);
        return save_photo(*path,
                          render_exposure(photo.pixels, options.exposure_ev, seed, options.noise),
                          photo.colour_profile);
      },
      [](std::size_t) -> Result<void> { return {}; });
  return close_batch(batch, options.common, "rendered into " + options.output.string());
}

}  // namespace

void add_darken(CLI::App& app, ExitCode& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "darken", "Photos as a camera would have taken them, some EV darker, noise included");
  command->add_option("IN", options->inputs, "Photos, or folders of photos")->required();
  command->add_option("-o,--output", options->output, "Folder for the results")->required();
  command->add_option("--exposure", options->exposure_ev, "EV: -1 halves the light")
      ->check(number_in(-20.0, 20.0))
      ->capture_default_str();
  command->add_option("--shot", options->noise.shot, "Shot noise: variance per unit of light")
      ->check(number_in(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--read", options->noise.read, "Read noise: variance without light")
      ->check(number_in(0.0, 1.0))
      ->capture_default_str();
  command
      ->add_option("--format", options->format,
                   "Extension of the results; same: as read (JPEG smooths the noise away)")
      ->check(CLI::IsMember({"png", "same", "jpg", "webp", "bmp", "ppm", "tiff"}))
      ->capture_default_str();
  command
      ->add_option("--max-megapixels", options->limits.max_megapixels,
                   "Refuse larger photos before decoding them")
      ->check(number_in(0, 1e6))
      ->capture_default_str();
  add_common_options(*command, options->common);
  command->footer(
      "The same photo, exposure and seed give the same bytes, whatever the name and --jobs.\n"
      "Examples:\n"
      "  everyface darken portrait.jpg --exposure -6 -o dark\n"
      "  everyface darken photos/ --exposure -4 --seed 7 -o dark");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace everyface::cli
