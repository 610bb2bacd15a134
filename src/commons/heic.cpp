#include "commons/heic.h"

#include <libheif/heif.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "everyface/base/byte_reader.h"

namespace everyface {
namespace {

Error failed(const heif_error& problem) { return Error{std::string("HEIC: ") + problem.message}; }

}  // namespace

bool is_heic(std::string_view bytes) {
  const ByteReader reader(bytes);
  if (!reader.has(0, 12) || reader.text(4, 4) != "ftyp") {
    return false;
  }
  // The main brand, then (after its version) the compatible ones: one must promise HEVC stills.
  const std::size_t end = std::min<std::size_t>(reader.u32(0), bytes.size());
  for (std::size_t at = 8; at + 4 <= end; at += at == 8 ? 8 : 4) {
    const std::string_view brand = reader.text(at, 4);
    if (brand == "heic" || brand == "heix") {
      return true;
    }
  }
  return false;
}

HeicPhoto::HeicPhoto(Context context, Handle handle)
    : context_(std::move(context)), handle_(std::move(handle)) {}

Result<HeicPhoto> HeicPhoto::open(std::string_view bytes) {
  Context context(heif_context_alloc(), heif_context_free);
  heif_error problem = heif_context_read_from_memory_without_copy(context.get(), bytes.data(),
                                                                  bytes.size(), nullptr);
  if (problem.code != heif_error_Ok) {
    return failed(problem);
  }
  heif_image_handle* primary = nullptr;
  problem = heif_context_get_primary_image_handle(context.get(), &primary);
  if (problem.code != heif_error_Ok) {
    return failed(problem);
  }
  return HeicPhoto(std::move(context), Handle(primary, heif_image_handle_release));
}

int HeicPhoto::width() const { return heif_image_handle_get_width(handle_.get()); }
int HeicPhoto::height() const { return heif_image_handle_get_height(handle_.get()); }

std::string HeicPhoto::exif() const {
  heif_item_id id = 0;
  if (heif_image_handle_get_list_of_metadata_block_IDs(handle_.get(), "Exif", &id, 1) != 1) {
    return {};
  }
  std::string block(heif_image_handle_get_metadata_size(handle_.get(), id), '\0');
  if (heif_image_handle_get_metadata(handle_.get(), id, block.data()).code != heif_error_Ok) {
    return {};
  }
  // Four bytes say how far behind them the TIFF structure begins.
  const ByteReader reader(block);
  constexpr std::size_t kOffsetBytes = 4;
  if (!reader.has(0, kOffsetBytes) || !reader.has(kOffsetBytes, reader.u32(0))) {
    return {};
  }
  return block.substr(kOffsetBytes + reader.u32(0));
}

Result<cv::Mat> HeicPhoto::decode() const {
  const std::unique_ptr<heif_decoding_options, void (*)(heif_decoding_options*)> options(
      heif_decoding_options_alloc(), heif_decoding_options_free);
  options->convert_hdr_to_8bit = 1;
  heif_image* decoded = nullptr;
  const heif_error problem = heif_decode_image(handle_.get(), &decoded, heif_colorspace_RGB,
                                               heif_chroma_interleaved_RGB, options.get());
  if (problem.code != heif_error_Ok) {
    return failed(problem);
  }
  const std::unique_ptr<const heif_image, void (*)(const heif_image*)> image(decoded,
                                                                             heif_image_release);
  constexpr heif_channel kAll = heif_channel_interleaved;
  int stride = 0;
  const std::uint8_t* rows = heif_image_get_plane_readonly(image.get(), kAll, &stride);
  if (rows == nullptr || heif_image_get_width(image.get(), kAll) != width() ||
      heif_image_get_height(image.get(), kAll) != height()) {
    return Error{"HEIC: the picture has another size than its container says"};
  }
  // A view that is only read; its interface lacks the const.
  const cv::Mat rgb(height(), width(), CV_8UC3, const_cast<std::uint8_t*>(rows),
                    static_cast<std::size_t>(stride));
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  return bgr;
}

}  // namespace everyface
