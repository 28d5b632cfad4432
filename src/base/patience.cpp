#include "base/patience.h"

namespace ktrace::base {
namespace {

bool (*give_up)() = nullptr;

}  // namespace

void give_up_writing_if(bool (*condition)()) {
  give_up = condition;
}

bool gives_up_writing() {
  return give_up && give_up();
}

}  // namespace ktrace::base
