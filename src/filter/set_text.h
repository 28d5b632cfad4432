// The grammar that all sets share, apart from what their values mean.
#pragma once

#include <string>
#include <string_view>

#include "ktrace/base/result.h"

namespace ktrace::filter {

struct SetText {
  bool inverted = false;
  enum class Kind : uint8_t { none, all, list } kind = Kind::list;
  std::string_view list;  // VALUE[,VALUE...]
};

inline SetText split_set(std::string_view text) {
  SetText set;
  while (!text.empty() && text.front() == '!') {
    set.inverted = !set.inverted;
    text.remove_prefix(1);
  }
  if (text == "none") set.kind = SetText::Kind::none;
  if (text == "all") set.kind = SetText::Kind::all;
  set.list = text;
  return set;
}

inline Error invalid(std::string_view kind, std::string_view value) {
  return {0, std::string("invalid ").append(kind).append(" '").append(value).append("'")};
}

// Calls add(value) -> Result<void> for each value of the list; a list without values is an error as a whole.
template <class Add>
Result<void> for_each_value(std::string_view text, const SetText& set, std::string_view kind, Add add) {
  bool any = false;
  for (std::string_view rest = set.list; !rest.empty();) {
    const std::size_t comma = rest.find(',');
    const std::string_view value = rest.substr(0, comma);
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    if (value.empty()) continue;
    any = true;
    if (Result<void> added = add(value); !added) return added;
  }
  if (!any) return invalid(kind, text);
  return {};
}

}  // namespace ktrace::filter
