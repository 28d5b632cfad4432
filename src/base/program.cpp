// See program.h.
#include "base/program.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include <sys/stat.h>
#include <unistd.h>

namespace ktrace::base {
namespace {

bool is_program(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
}

std::string current_directory() {
  char path[PATH_MAX];
  return getcwd(path, sizeof path) != nullptr ? path : ".";
}

}  // namespace

Result<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    struct stat status {};
    if (stat(name.c_str(), &status) != 0) return Error{errno, "Cannot stat '" + name + "': " + std::strerror(errno)};
    return name;
  }
  const char* search = getenv("PATH");
  for (std::string_view rest = search != nullptr && !name.empty() ? search : ""; !rest.empty();) {
    const std::size_t colon = rest.find(':');
    std::string path(rest.substr(0, colon));
    rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
    if (path.empty()) path = current_directory();
    if (path.back() != '/') path.push_back('/');
    path.append(name);
    if (is_program(path)) return path;
  }
  return Error{0, "Cannot find executable '" + name + "'"};
}

}  // namespace ktrace::base
