// An I/O priority in the 16 bits that struct iocb has for it.
#include "decode/view.h"

namespace ktrace::decode::views {

void ioprio(ViewContext& context, const ViewValue& value);

void aio_priority(ViewContext& context, const ViewValue& value) {
  ioprio(context, value);
}

}  // namespace ktrace::decode::views
