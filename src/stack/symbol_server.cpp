// See symbol_server.h.
#include "stack/symbol_server.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/close_from.h"
#include "stack/symbol_message.h"

// A sanitizer's own memory is far more than any limit.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KT_SANITIZED 1
#else
#define KT_SANITIZED 0
#endif

namespace ktrace::stack {
namespace {

constexpr int socket_number = 3;

void become_server(int socket) {
  setsid();  // no signals from the terminal
  for (int signal = 1; signal < NSIG; signal++) std::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (socket != socket_number) dup2(socket, socket_number);
  base::close_from(socket_number + 1);
  if (const int null = open("/dev/null", O_RDWR); null >= 0) {
    for (int fd = 0; fd < socket_number; fd++) dup2(null, fd);
    if (null >= socket_number) close(null);
  }
  static_cast<void>(!chdir("/"));
  prctl(PR_SET_NAME, "ktrace-symbols");
  if (const int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); score >= 0) {
    static_cast<void>(!write(score, "1000", 4));  // the first to go when memory runs out
    close(score);
  }
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  unsetenv("DEBUGINFOD_URLS");  // libdw would ask servers on the net
}

void limit_memory(uint64_t more) {
  if (KT_SANITIZED != 0) return;
  std::FILE* const statm = std::fopen("/proc/self/statm", "re");
  if (!statm) return;
  unsigned long pages = 0;
  if (std::fscanf(statm, "%lu", &pages) == 1) {  // NOLINT(cert-err34-c)
    rlimit limit{};
    getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = std::min<rlim_t>(pages * static_cast<unsigned long>(sysconf(_SC_PAGESIZE)) + more, limit.rlim_max);
    setrlimit(RLIMIT_AS, &limit);
  }
  std::fclose(statm);
}

// SIGALRM ends the process.
void limit_time(std::chrono::milliseconds time) {
  itimerval timer{};
  timer.it_value.tv_sec = time.count() / 1000;
  timer.it_value.tv_usec = time.count() % 1000 * 1000;
  setitimer(ITIMER_REAL, &timer, nullptr);
}

// A table is too big for a packet: a file of its own goes with it.
bool send_answer(const Answer& answer) {
  std::vector<uint8_t> packet = pack(answer);
  iovec data{.iov_base = packet.data(), .iov_len = packet.size()};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  UniqueFd file;
  if (!answer.table.empty() && answer.table.size() <= largest_table) {
    file.reset(memfd_create("symbols", MFD_CLOEXEC));
    if (write(file.get(), answer.table.data(), answer.table.size()) == static_cast<ssize_t>(answer.table.size())) {
      message.msg_control = control;
      message.msg_controllen = sizeof control;
      cmsghdr* header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(sizeof(int));
      const int number = file.get();
      std::memcpy(CMSG_DATA(header), &number, sizeof number);
    }
  }
  return sendmsg(socket_number, &message, MSG_NOSIGNAL) >= 0;
}

std::vector<uint8_t> read_table(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0 || static_cast<uint64_t>(status.st_size) > largest_table) return {};
  std::vector<uint8_t> table(static_cast<std::size_t>(status.st_size));
  if (pread(fd, table.data(), table.size(), 0) != static_cast<ssize_t>(table.size())) return {};
  return table;
}

std::optional<Answer> receive_answer(int socket) {
  std::vector<uint8_t> packet(longest_message);
  iovec data{.iov_base = packet.data(), .iov_len = packet.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (length <= 0) return std::nullopt;
  UniqueFd file;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header && header->cmsg_type == SCM_RIGHTS && header->cmsg_len == CMSG_LEN(sizeof(int))) {
    int number = -1;
    std::memcpy(&number, CMSG_DATA(header), sizeof number);
    file.reset(number);
  }
  auto answer = unpack_answer(std::span(packet).first(static_cast<std::size_t>(length)));
  if (answer && file.valid()) answer->table = read_table(file.get());
  return answer;
}

[[noreturn]] void serve(const SymbolServer::Work& work, const SymbolServer::Limits& limits) {
  std::vector<uint8_t> packet(longest_message);
  for (;;) {
    const ssize_t length = recv(socket_number, packet.data(), packet.size(), 0);
    if (length <= 0) _exit(0);
    const auto question = unpack_question(std::span(packet).first(static_cast<std::size_t>(length)));
    if (!question) _exit(1);
    limit_memory(limits.memory);
    limit_time(limits.time);
    const Answer answer = work(*question);
    limit_time({});
    if (!send_answer(answer)) _exit(0);
  }
}

}  // namespace

bool SymbolServer::start() {
  stop();  // one that was let go
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return false;
  UniqueFd ours(ends[0]);
  const UniqueFd theirs(ends[1]);
  const pid_t child = fork();
  if (child < 0) return false;
  if (child == 0) {
    become_server(theirs.get());
    serve(work_, limits_);
  }
  process_.reset(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
  socket_ = std::move(ours);
  return true;
}

void SymbolServer::stop() {
  socket_.reset();
  if (!process_.valid()) return;
  syscall(SYS_pidfd_send_signal, process_.get(), SIGKILL, nullptr, 0);
  // While the kernel does not let it go, it is not waited for.
  pollfd end{.fd = process_.get(), .events = POLLIN, .revents = 0};
  siginfo_t status{};
  if (poll(&end, 1, 1000) > 0) waitid(P_PIDFD, static_cast<id_t>(process_.get()), &status, WEXITED | __WALL);
  process_.reset();
}

void SymbolServer::bury() {
  stop();
  if (++deaths_ == limits_.deaths && gave_up_) gave_up_(0);
}

bool SymbolServer::is_running() {
  return socket_.valid() || (deaths_ < limits_.deaths && start());
}

bool SymbolServer::send(const Question& question) {
  if (!is_running()) {
    const int error = errno;
    if (deaths_ < limits_.deaths && gave_up_ && !std::exchange(told_error_, true)) gave_up_(error);
    return false;
  }
  const std::vector<uint8_t> request = pack(question);
  if (::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL) >= 0) return true;
  bury();
  return false;
}

std::optional<Answer> SymbolServer::receive() {
  if (!socket_.valid()) return std::nullopt;
  // The process ends itself in time, but not while the kernel does not let it, as with a dead NFS server.
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + limits_.time + std::chrono::seconds(2);
  pollfd wait{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  int ready = 0;
  do {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    ready = poll(&wait, 1, static_cast<int>(std::max<int64_t>(left, 0)));
  } while (ready < 0 && errno == EINTR);
  std::optional<Answer> answer = ready > 0 ? receive_answer(socket_.get()) : std::nullopt;
  if (!answer) bury();
  return answer;
}

std::optional<Answer> SymbolServer::ask(const Question& question) {
  do {
    if (send(question)) return receive();
  } while (is_running());  // it was dead already, of something else
  return std::nullopt;
}

}  // namespace ktrace::stack
