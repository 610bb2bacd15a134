// The exposure model: a photo as a camera would have taken it n EV darker.
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <string_view>

namespace everyface {

/// Noise of the sensor in linear light, where 1 is the level that saturates it: variance =
/// shot · x + read (Foi, Trimeche, Katkovnik, Egiazarian 2008, "Practical Poissonian-Gaussian noise
/// modeling and fitting for single-image raw-data", IEEE TIP 17(10), eq. 2-4). The defaults stand
/// for a small sensor at base sensitivity: 10,000 electrons at saturation (shot = 1/10,000, also
/// the low-noise end of the range in Brooks et al. 2019, "Unprocessing Images for Learned Raw
/// Denoising", CVPR, section 3.1) and 6.3 electrons of read noise (read = (6.3/10,000)^2).
struct SensorNoise {
  double shot = 1e-4;
  double read = 4e-7;
};

/// The photo `exposure_ev` EV brighter (negative: darker): sRGB undone (IEC 61966-2-1), light
/// times 2^EV, normal noise of the variance above, clipped to 0..1, sRGB again, rounded to 8 bits.
/// `pixels` is CV_8UC3, or CV_32FC3 in 0..255; the result CV_8UC3. At 0 EV an 8-bit photo comes
/// back as it is: the photo is its own rendering, and no noise is added twice.
///
/// The noise depends on `seed` and the size alone (per image: exposure_seed()), so a photo darkened
/// again is the same to the bit, whatever the number of threads. Deviates take 65,536 equally
/// probable values within 4.2 standard deviations.
cv::Mat render_exposure(const cv::Mat& pixels, double exposure_ev, std::uint64_t seed,
                        const SensorNoise& noise = {});

/// The seed of one photo at one exposure: from the run's seed and the SHA-256 of the photo's file,
/// so that it depends on neither its name nor its place in the batch.
std::uint64_t exposure_seed(std::uint64_t run_seed, std::string_view photo_sha256,
                            double exposure_ev);

}  // namespace everyface
