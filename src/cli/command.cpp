// See command.h.
#include "cli/command.h"

#include <algorithm>

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "cli/values.h"

namespace ktrace::cli {
namespace {

constexpr int64_t highest_id = int64_t{UINT32_MAX} - 1;  // -1 stands for "no id" (setuid(2))

std::vector<gid_t> groups_of(const passwd& user) {
  int count = 64;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  while (getgrouplist(user.pw_name, user.pw_gid, groups.data(), &count) < 0)
    groups.resize(static_cast<std::size_t>(count));
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

// The name of an environment entry.
std::string_view variable(std::string_view entry) {
  return entry.substr(0, entry.find('='));
}

}  // namespace

Result<tracer::Launch::User> find_user(const std::string& user) {
  if (getuid() != 0) return Error{0, "You must be root to use the -u/--username option"};
  const std::string_view text = user;
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    const auto uid = parse_number(text.substr(0, colon), 0, highest_id);
    // A second colon ends the number, what is behind it does not count.
    const std::string_view rest = text.substr(colon + 1);
    const auto gid = parse_number(rest.substr(0, rest.find(':')), 0, highest_id);
    if (!uid || !gid) return Error{0, "Invalid UID:GID pair '" + user + "'"};
    return tracer::Launch::User{static_cast<uid_t>(*uid), static_cast<gid_t>(*gid), {}};
  }
  const passwd* entry = getpwnam(user.c_str());
  if (entry == nullptr) return Error{0, "Cannot find user '" + user + "'"};
  return tracer::Launch::User{entry->pw_uid, entry->pw_gid, groups_of(*entry)};
}

std::vector<std::string> edited_environment(const std::vector<std::string>& edits) {
  std::vector<std::string> environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; entry++) environment.emplace_back(*entry);
  for (const std::string& edit : edits) {
    const auto same = [&](const std::string& entry) { return variable(entry) == variable(edit); };
    if (edit.find('=') == std::string::npos) {
      environment.erase(std::remove_if(environment.begin(), environment.end(), same), environment.end());
    } else if (const auto found = std::find_if(environment.begin(), environment.end(), same);
               found != environment.end()) {
      *found = edit;
    } else {
      environment.push_back(edit);
    }
  }
  return environment;
}

}  // namespace ktrace::cli
