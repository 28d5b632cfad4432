// /proc may be that of another PID namespace than ours (`unshare -p` without a new mount): what stands under a number
// there is about some other process. Then it is as good as none.
#pragma once

namespace ktrace::base {

// The number under which /proc knows a process or thread; 0, which is no process, if this /proc does not know it.
int proc_number(int id);

}  // namespace ktrace::base
