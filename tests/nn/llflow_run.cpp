// Runs LLFlow alone, for tests and benchmarks that compare it with PyTorch:
// llflow_run WEIGHTS PHOTO OUT writes what the network answers to a photo whose sides are multiples
// of 8, as float32, row by row, blue, green, red; and says the seconds of processor time that took.
#include <cstdio>
#include <ctime>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "everyface/base/file.h"
#include "everyface/image/photo.h"
#include "nn/llflow.h"

int main(int argc, char** argv) {
  using namespace everyface;
  if (argc != 4) {
    std::fprintf(stderr, "usage: llflow_run WEIGHTS PHOTO OUT\n");
    return 2;
  }
  auto network = [&]() -> Result<Llflow> {
    const auto bytes = read_file(argv[1]);
    return bytes ? Llflow::read(*bytes) : bytes.error();
  }();
  const auto photo = load_photo(argv[2]);
  if (!network || !photo) {
    const Error& error = network ? photo.error() : network.error();
    std::fprintf(stderr, "llflow_run: %s\n", error.message.c_str());
    return 1;
  }
  cv::Mat channels[3];
  cv::split(photo->pixels, channels);
  for (cv::Mat& channel : channels) {
    cv::equalizeHist(channel, channel);
  }
  cv::Mat equalised;
  cv::merge(channels, 3, equalised);
  const std::clock_t begin = std::clock();
  const cv::Mat answer = network->run(photo->pixels, equalised);
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  const std::string_view values(reinterpret_cast<const char*>(answer.data),
                                answer.total() * answer.elemSize());
  if (const auto written = write_file_atomic(argv[3], values); !written) {
    std::fprintf(stderr, "llflow_run: %s\n", written.error().message.c_str());
    return 1;
  }
  std::printf("%.3f\n", seconds);
  return 0;
}
