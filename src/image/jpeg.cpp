#include "image/jpeg.h"

#include <array>
#include <csetjmp>
#include <cstdio>
#include <vector>
// clang-format off: it needs <cstdio> before it
#include <jpeglib.h>
// clang-format on

namespace everyface {
namespace {

/// What libjpeg says of a file, and its way out of a call that cannot go on.
struct Complaints {
  jpeg_error_mgr manager{};  ///< first: a pointer to it is one to the whole
  std::jmp_buf give_up{};
  std::array<char, JMSG_LENGTH_MAX> first{};  ///< its first warning, or else the error
};

void note(j_common_ptr jpeg) {
  auto* complaints = reinterpret_cast<Complaints*>(jpeg->err);
  if (complaints->first[0] == '\0') {
    jpeg->err->format_message(jpeg, complaints->first.data());
  }
}

void warn(j_common_ptr jpeg, int level) {
  if (level < 0) {  // the others trace what goes well
    note(jpeg);
  }
}

[[noreturn]] void give_up(j_common_ptr jpeg) {
  note(jpeg);
  std::longjmp(reinterpret_cast<Complaints*>(jpeg->err)->give_up, 1);  // NOLINT(cert-err52-cpp)
}

/// Owns libjpeg's memory.
struct Decoder {
  Decoder() {
    jpeg.err = jpeg_std_error(&complaints.manager);
    jpeg.err->emit_message = warn;
    jpeg.err->error_exit = give_up;
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { jpeg_destroy_decompress(&jpeg); }

  /// False: libjpeg gave up. Nothing in `step` may need a destructor.
  template <class Step>
  bool attempt(Step step) {
    if (setjmp(complaints.give_up) != 0) {  // NOLINT(cert-err52-cpp)
      return false;
    }
    step();
    return true;
  }

  jpeg_decompress_struct jpeg{};
  Complaints complaints;
};

/// As OpenCV does it, for the inverted inks that Adobe's programs write.
void cmyk_to_bgr(const unsigned char* cmyk, unsigned char* bgr, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i, cmyk += 4, bgr += 3) {
    const int black = cmyk[3];
    for (int channel = 0; channel < 3; ++channel) {
      bgr[2 - channel] = static_cast<unsigned char>(black - ((255 - cmyk[channel]) * black >> 8));
    }
  }
}

}  // namespace

Result<DecodedJpeg> decode_jpeg(std::string_view bytes) {
  Decoder decoder;
  jpeg_decompress_struct& jpeg = decoder.jpeg;
  const auto gave_up = [&decoder] {
    return Error{std::string("corrupt or truncated: the decoder says \"") +
                 decoder.complaints.first.data() + "\""};
  };
  const bool begun = decoder.attempt([&jpeg, bytes] {
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(&jpeg, TRUE);
    jpeg.out_color_space = jpeg.num_components == 4 ? JCS_CMYK : JCS_EXT_BGR;
    jpeg_start_decompress(&jpeg);
  });
  if (!begun) {
    return gave_up();
  }
  DecodedJpeg decoded;
  decoded.pixels.create(static_cast<int>(jpeg.output_height), static_cast<int>(jpeg.output_width),
                        CV_8UC3);
  std::vector<unsigned char> inks(jpeg.num_components == 4 ? std::size_t{4} * jpeg.output_width
                                                           : 0);
  const bool read = decoder.attempt([&jpeg, &decoded, &inks] {
    while (jpeg.output_scanline < jpeg.output_height) {
      unsigned char* row = decoded.pixels.ptr(static_cast<int>(jpeg.output_scanline));
      unsigned char* line = inks.empty() ? row : inks.data();
      jpeg_read_scanlines(&jpeg, &line, 1);
      if (!inks.empty()) {
        cmyk_to_bgr(inks.data(), row, jpeg.output_width);
      }
    }
  });
  if (!read) {
    return gave_up();
  }
  decoder.attempt([&jpeg] { jpeg_finish_decompress(&jpeg); });  // all pixels are there already
  decoded.complaint = decoder.complaints.first.data();
  return decoded;
}

}  // namespace everyface
