// Object files of any content, as the process that reads symbols meets them: libdw and libiberty are in this one, too.
// They are not ours and not instrumented; what they do wrong ends that process and does no harm. So what this finds is
// looked at by hand: is it our code around them?
#include "stack/symbol_message.h"
#include "stack_examine.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size <= ktrace::stack::largest_image) stack_tests::examine({data, size});
  return 0;
}
