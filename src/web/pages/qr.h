// Codes for phones.
#pragma once

#include <string>

namespace everyface::web {

/// A QR code (ISO/IEC 18004, by libqrencode) as an SVG picture with the quiet zone of four modules
/// that readers need. Empty where the text does not fit in one.
std::string qr_svg(const std::string& text, const std::string& label);

}  // namespace everyface::web
