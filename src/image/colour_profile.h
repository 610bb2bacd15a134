// ICC profiles: what a file says about the meaning of its colours.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "everyface/image/header.h"

namespace everyface {

/// The profile of RGB colours in a JPEG or PNG file. Empty: it has none, a malformed one, one of
/// grey or inks (which would not fit the three channels that a photo has here), or is of another
/// format.
std::string read_colour_profile(std::string_view file, PhotoFormat format);

/// The PNG file without its profile, which is not applied: libpng complains on the standard error
/// stream about the faulty ones, which are common. Nothing where there is none.
std::optional<std::string> without_colour_profile(std::string_view png);

/// A JPEG or PNG file with the profile added to it, which must have none yet; other formats, and an
/// empty profile: the file as it is.
std::string with_colour_profile(std::string file, PhotoFormat format, std::string_view profile);

}  // namespace everyface
