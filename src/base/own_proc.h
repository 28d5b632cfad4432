// /proc may be that of another PID namespace than ours (`unshare -p` without a new mount): what stands under a number
// there is about some other process. Then it is as good as none.
#pragma once

#include <cstddef>
#include <string>

namespace ktrace::base {

// The number under which /proc knows a process or thread; 0, which is no process, if this /proc does not know it.
int proc_number(int id);

// A file of /proc/ID, at most `most` bytes of it, instead of what `out` held. Empty: there is none, or nothing in it.
void read_proc(int id, const char* name, std::string& out, std::size_t most = std::size_t{1} << 20);
std::string read_proc(int id, const char* name);

}  // namespace ktrace::base
