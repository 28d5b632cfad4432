// See palette.h.
#include "output/palette.h"

#include <algorithm>

namespace ktrace::output {

void Palette::read(std::string_view settings) {
  struct Key {
    std::string_view name;
    std::string Palette::*color;
  };
  static constexpr Key keys[] = {
      {"syscall", &Palette::syscall}, {"argname", &Palette::argname}, {"argval", &Palette::argval},
      {"call", &Palette::call},       {"const", &Palette::constant},  {"comment", &Palette::comment},
      {"punct", &Palette::punct},     {"retval", &Palette::retval},   {"error", &Palette::error}};
  while (!settings.empty()) {
    const std::string_view item = settings.substr(0, settings.find(':'));
    settings.remove_prefix(std::min(settings.size(), item.size() + 1));
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = item.substr(0, equals), value = item.substr(equals + 1);
    if (value.empty() || value.find_first_not_of("0123456789;") != std::string_view::npos) continue;
    const auto* key = std::ranges::find(keys, name, &Key::name);
    if (key != std::end(keys)) this->*key->color = std::string("\33[").append(value).append("m");
  }
}

std::size_t invisible(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = text.find('\33'); at != std::string_view::npos; at = text.find('\33', at)) {
    const std::size_t end = text.find('m', at);
    if (end == std::string_view::npos) break;
    count += end + 1 - at;
    at = end;
  }
  return count;
}

}  // namespace ktrace::output
