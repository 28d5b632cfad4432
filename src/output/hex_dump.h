// What -e read= and -e write= show below the line of a call, in strace's form:
//  = 2 buffers in vector 0
//  * 5 bytes in buffer 0
//  | 00000  68 65 6c 6c 6f                                    hello            |
#pragma once

#include <string>

#include "ktrace/sink.h"

namespace ktrace::output {

void append_dump(std::string& out, const Dump& piece);

}  // namespace ktrace::output
