// See find_processes.h.
#include "cli/find_processes.h"

#include <algorithm>

#include <fnmatch.h>
#include <unistd.h>

#include "base/quote.h"
#include "tracer/process_info.h"

namespace ktrace::cli {
namespace {

std::vector<Tgid> ourselves() {
  std::vector<Tgid> line;
  for (auto info = tracer::read_process({getpid()}); info; info = tracer::read_process(info->parent))
    line.push_back(info->id);
  return line;
}

bool matches(const std::string& pattern, const std::string& text) {
  return fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

}  // namespace

bool is_called(const std::string& pattern, const std::string& name, const std::vector<std::string>& command_line) {
  if (pattern.find_first_of(" /") == std::string::npos) {
    if (matches(pattern, name)) return true;
    return !command_line.empty() && matches(pattern, command_line.front().substr(command_line.front().rfind('/') + 1));
  }
  std::string whole;
  for (const std::string& word : command_line) whole.append(whole.empty() ? "" : " ").append(word);
  return matches(pattern, whole);
}

Result<std::vector<Tid>> find_processes(const std::string& pattern) {
  const std::vector<Tgid> own = ourselves();
  std::vector<Tid> found;
  for (const tracer::ProcessInfo& process : tracer::all_processes()) {
    if (process.kernel_thread || process.state == 'Z' || std::ranges::find(own, process.id) != own.end()) continue;
    if (is_called(pattern, process.name, tracer::read_command_line(process.id))) found.push_back(Tid{process.id.value});
  }
  std::ranges::sort(found, {}, &Tid::value);
  if (!found.empty()) return found;
  std::string text = "--attach-name: no process is called '";
  base::append_escaped(text, pattern);
  return Error{0, text.append("'")};
}

}  // namespace ktrace::cli
