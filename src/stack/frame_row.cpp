#include "stack/frame_row.h"

#include <algorithm>

#include "ktrace/registers.h"

namespace ktrace::stack {

bool FrameRow::is_sound() const {
  const auto fits = [this](const Expression& expression) {
    return expression.first <= operations.size() && expression.count <= operations.size() - expression.first;
  };
  return behind != 0 && return_column < UnwindRegisters::most && cfa.count != 0 && fits(cfa) &&
         std::ranges::all_of(rules,
                             [&](const Rule& rule) { return rule.target < UnwindRegisters::most && fits(rule.where); });
}

}  // namespace ktrace::stack
