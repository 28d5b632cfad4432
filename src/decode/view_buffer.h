// Memory for what a native view reads from the tracee, out of the interpreter's buffers: a std::vector would be
// allocated anew for every call. A view under test may come without an interpreter and then brings buffers of its own.
#pragma once

#include <memory>
#include <span>

#include "decode/scratch.h"
#include "decode/view.h"

namespace ktrace::decode {

class ViewBuffer {
 public:
  ViewBuffer(ViewContext& context, std::size_t size)
      : own_(context.scratch ? nullptr : std::make_unique<Scratch>()),
        lease_(context.scratch ? *context.scratch : *own_, size) {}

  // Undefined until read into.
  [[nodiscard]] std::span<uint8_t> bytes() const { return lease_.bytes(); }

 private:
  std::unique_ptr<Scratch> own_;
  Scratch::Lease lease_;
};

}  // namespace ktrace::decode
