// A flame graph as SVG, whole in itself: nothing is loaded from anywhere, and a little script (picture.js) zooms,
// searches and tells what is under the pointer. Without the script it is still a picture. The root is at the
// top, beside what one clicks at: stacks may be deep.
//
// Names come from traced programs, so they appear as text and nothing else: UTF-8 without control characters
// (append_harmless) with what XML gives a meaning escaped. The script reads them back as text and never makes markup of
// them.
#pragma once

#include <string>

#include "flame/weights.h"

namespace ktrace::flame {

// Frames that nobody could see are left out, and the picture says how many.
inline constexpr double narrowest = 0.1;          // of 1200 pixels
inline constexpr std::size_t most_shown = 30000;  // the widest

void append_picture(std::string& out, const Weights& weights);

}  // namespace ktrace::flame
