// Folded stacks: `program;outermost;...;innermost;syscall WEIGHT`, a line for each stack, as flamegraph.pl, inferno,
// speedscope and others read them. Times are in microseconds. A `;` in a name becomes `:`.
#pragma once

#include "flame/weights.h"
#include "output/writer.h"

namespace ktrace::flame {

void write_folded(output::Writer& to, const Weights& weights);

}  // namespace ktrace::flame
