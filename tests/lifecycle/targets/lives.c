// lives STATE FILE [TOLERANCE]: gets into a state in which a tracer may leave it, writes "ready" to FILE, stays in it until
// nobody has FILE.stop, a fifo, open for writing any more, comes out of it and writes "done". Whatever went wrong is
// in FILE, too: a call that failed, a child or thread that ended in another way than its own, a signal that was lost.
//   computes  a thread that makes no calls           calls     threads that make nothing else
//   blocks    threads in calls that block            stopped   a child in a group-stop
//   vfork     a parent that waits for its vfork      execs     a child that executes itself, from all its threads
//   zombie    the leader has gone, threads have not  births    forks, vforks and threads, one after the other
//   signals   queued signals, all of which arrive    slow      one thread that makes a call now and then
// TOLERANCE: `interrupted`: calls may say EINTR as if for a signal, which they do under any tracer if the terminal sends
// one that is ignored; `signalled`: only in the process that a tracer sends one to, and only if it has several threads:
// one may be woken for what another one takes; `killed`: signals may get lost as well, if a tracer is killed before it
// has passed them on.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { own_end = 7, most_threads = 16, report = 10, fifo = 11 };

static const char *self, *file;
static const char *tolerance = "";
static atomic_bool over;

static void say(const char *format, ...) {
  char line[256];
  va_list words;
  va_start(words, format);
  const int length = vsnprintf(line, sizeof line, format, words);
  va_end(words);
  if (write(report, line, (size_t)length) != length) _exit(9);
}

static pid_t signalled;
static int thread_count;

static bool may_retry(void) {
  if (errno != EINTR) return false;
  return strcmp(tolerance, "signalled") ? *tolerance != '\0' : getpid() == signalled && thread_count > 0;
}

static void expect(const char *call, long result, long wanted) {
  if (result != wanted) say("%s: %ld, %s\n", call, result, result < 0 ? strerror(errno) : "");
}

// Calls that a filter stops: without anybody to answer they would fail.
static void call(const char *who) {
  const int fd = open("/dev/null", O_RDONLY);
  if (fd < 0) say("%s: open: %s\n", who, strerror(errno));
  if (fd >= 0 && close(fd) != 0) say("%s: close: %s\n", who, strerror(errno));
  if (syscall(SYS_getppid) < 0) say("%s: getppid: %s\n", who, strerror(errno));
}

static void await_end(void) {
  char byte;
  ssize_t got;
  do {
    got = read(fifo, &byte, 1);
  } while (got < 0 && may_retry());
  expect("read of the fifo", got, 0);
  over = true;
}

static bool is_over(void) {
  struct pollfd end = {.fd = fifo};
  if (!over && poll(&end, 1, 0) > 0) over = true;
  return over;
}

static void await_child(const char *what, pid_t child) {
  int status = 0;
  pid_t got;
  do {
    got = waitpid(child, &status, 0);
  } while (got < 0 && may_retry());
  expect(what, got, child);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != own_end) say("%s: wait status 0x%x\n", what, (unsigned)status);
}

// --- threads ---

static pthread_t threads[most_threads];
static atomic_int begun;

static void start(void *(*work)(void *), void *what) {
  if (pthread_create(&threads[thread_count], NULL, work, what) != 0) say("pthread_create\n");
  ++thread_count;
}

static void all_begun(void) {
  while (begun < thread_count) usleep(500);
  say("ready\n");
}

static void join_all(void) {
  for (int i = 0; i < thread_count; ++i) expect("pthread_join", pthread_join(threads[i], NULL), 0);
}

static void *compute(void *unused) {
  ++begun;
  while (!over)
    for (volatile int i = 0; i < 10000; ++i) continue;
  call("computing thread");
  return unused;
}

static void *make_calls(void *unused) {
  call("calling thread");
  ++begun;
  while (!over) call("calling thread");
  return unused;
}

// --- calls that block until the end ---

static int pipe_ends[2], epoll_set, semaphores, futex_word;

static long block_read(void) {
  char byte;
  return read(pipe_ends[0], &byte, 1);
}
static long block_poll(void) {
  struct pollfd end = {.fd = pipe_ends[0], .events = POLLIN};
  return poll(&end, 1, -1) - 1;
}
static long block_epoll(void) {
  struct epoll_event event;
  return epoll_wait(epoll_set, &event, 1, -1) - 1;
}
static long block_semaphore(void) {
  struct sembuf take = {.sem_num = 0, .sem_op = -1, .sem_flg = 0};
  return semop(semaphores, &take, 1);
}
static long block_futex(void) {
  while (__atomic_load_n(&futex_word, __ATOMIC_SEQ_CST) == 0) {
    if (syscall(SYS_futex, &futex_word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0) != 0 && errno != EAGAIN) return -1;
  }
  return 0;
}
static long block_sigwait(void) {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGUSR2);
  return sigwaitinfo(&wanted, NULL) - SIGUSR2;
}
static long block_sleep(void) {
  do {
    const struct timespec nap = {.tv_nsec = 20000000};
    if (nanosleep(&nap, NULL) != 0) return -1;
  } while (!over);
  return 0;
}
static long block_wait(void) {
  const pid_t child = fork();
  if (child == 0) {
    await_end();
    _exit(own_end);
  }
  await_child("child that blocks", child);
  return 0;
}

static const struct {
  const char *name;
  long (*block)(void);
} blocking[] = {{"read", block_read},      {"poll", block_poll},         {"epoll_wait", block_epoll},
                {"semop", block_semaphore}, {"futex", block_futex},       {"sigwaitinfo", block_sigwait},
                {"nanosleep", block_sleep}, {"waitpid", block_wait}};
enum { blocking_count = sizeof blocking / sizeof *blocking };

static void *block(void *which) {
  const size_t i = (size_t)which;
  ++begun;
  long result;
  do {
    result = blocking[i].block();
  } while (result < 0 && may_retry());
  expect(blocking[i].name, result, 0);
  call(blocking[i].name);
  return NULL;
}

static void be_blocked(void) {
  sigset_t usr2;
  sigemptyset(&usr2);
  sigaddset(&usr2, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &usr2, NULL);
  struct epoll_event event = {.events = EPOLLIN};
  semaphores = semget(IPC_PRIVATE, 1, 0600);
  epoll_set = epoll_create1(0);
  if (pipe(pipe_ends) != 0 || epoll_ctl(epoll_set, EPOLL_CTL_ADD, pipe_ends[0], &event) != 0) say("set-up failed\n");
  for (size_t i = 0; i < blocking_count; ++i) start(block, (void *)i);
  all_begun();
  await_end();
  close(pipe_ends[1]);
  struct sembuf give = {.sem_num = 0, .sem_op = 1, .sem_flg = 0};
  semop(semaphores, &give, 1);
  __atomic_store_n(&futex_word, 1, __ATOMIC_SEQ_CST);
  syscall(SYS_futex, &futex_word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
  kill(getpid(), SIGUSR2);
  join_all();
  semctl(semaphores, 0, IPC_RMID);
}

// --- children ---

static char state_of(pid_t pid) {
  char path[64], line[256] = "";
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  const int stat = open(path, O_RDONLY);
  const ssize_t got = stat < 0 ? -1 : read(stat, line, sizeof line - 1);
  close(stat);
  const char *name_end = got > 0 ? strrchr(line, ')') : NULL;
  return name_end ? name_end[2] : '?';
}

// Let go in a group-stop, it may run for a moment, to stop again by itself. `t` is the same under a tracer.
static void expect_stopped(pid_t child) {
  char state = '?';
  for (int i = 0; i < 4000; ++i) {
    state = state_of(child);
    if (state == 'T' || state == 't') return;
    usleep(5000);
  }
  say("the stopped child is %c\n", state);
}

static void have_child_stopped(void) {
  const pid_t child = fork();
  if (child == 0) {
    setpgid(0, 0);  // what the terminal does to the others' process group does not concern it
    raise(SIGSTOP);
    call("stopped child");
    _exit(own_end);
  }
  int status = 0;
  while (waitpid(child, &status, WUNTRACED) < 0 && may_retry()) continue;
  if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGSTOP) say("stop: wait status 0x%x\n", (unsigned)status);
  say("ready\n");
  await_end();
  expect_stopped(child);
  expect("nobody continued the child", waitpid(child, &status, WNOHANG | WCONTINUED), 0);
  kill(child, SIGCONT);
  await_child("stopped child", child);
}

static void *wait_for_vfork(void *unused) {
  ++begun;
  const pid_t child = vfork();
  if (child == 0) {
    char byte;
    while (read(fifo, &byte, 1) < 0 && may_retry()) continue;
    _exit(own_end);
  }
  await_child("vfork child", child);
  call("parent of a vfork");
  return unused;
}

static void *live_shortly(void *unused) {
  call("new thread");
  return unused;
}

static void *bear(void *how) {
  const char *what = how;
  ++begun;
  while (!over) {
    if (!strcmp(what, "thread")) {
      pthread_t thread;
      expect("pthread_create", pthread_create(&thread, NULL, live_shortly, NULL), 0);
      expect("pthread_join", pthread_join(thread, NULL), 0);
      continue;
    }
    const pid_t child = !strcmp(what, "vfork") ? vfork() : fork();
    if (child == 0) {
      if (!strcmp(what, "fork")) call("newborn");
      _exit(own_end);
    }
    await_child(what, child);
  }
  return NULL;
}

static void have_births(void) {
  start(bear, "fork");
  start(bear, "vfork");
  start(bear, "thread");
}

// --- execve ---

static void execute(long count) {
  char number[32];
  snprintf(number, sizeof number, "%ld", count);
  execl(self, self, "again", file, tolerance, number, (char *)NULL);
  say("execve: %s\n", strerror(errno));
  _exit(own_end);
}

static void *execute_in_thread(void *count) {
  execute((long)count);
  return NULL;
}

// Executes itself from the leader and from another thread in turn, while a third makes calls.
static int live_again(long count) {
  if (is_over()) return own_end;
  start(make_calls, NULL);
  call("new program");
  if (count % 2 == 0) execute(count + 1);
  start(execute_in_thread, (void *)(count + 1));
  for (;;) pause();
}

static void have_executions(void) {
  const pid_t child = fork();
  if (child == 0) execute(0);
  say("ready\n");
  await_end();
  await_child("child that executes itself", child);
}

// --- signals ---

static atomic_long sent, arrived;

static void count_signal(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  if (info->si_code == SI_QUEUE) ++arrived;
}

static void *send_signals(void *unused) {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGRTMIN);
  pthread_sigmask(SIG_UNBLOCK, &wanted, NULL);
  ++begun;
  siginfo_t info = {.si_signo = SIGRTMIN, .si_code = SI_QUEUE, .si_pid = getpid(), .si_uid = getuid()};
  while (!over) {
    if (syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), SIGRTMIN, &info) == 0) ++sent;
    call("thread with signals");
  }
  return unused;
}

static void have_signals(void) {
  struct sigaction action = {.sa_sigaction = count_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGRTMIN, &action, NULL);
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGRTMIN);
  pthread_sigmask(SIG_BLOCK, &mask, NULL);
  start(send_signals, NULL);
  start(send_signals, NULL);
}

// --- the leader ---

static void call_slowly(void) {
  say("ready\n");
  while (!is_over()) {
    if (syscall(SYS_getppid) < 0) say("slow call: %s\n", strerror(errno));
    usleep(1000);
  }
}

static void *lead(void *unused) {
  all_begun();
  await_end();
  join_all();
  if (strcmp(tolerance, "killed") && sent != arrived) say("of %ld signals %ld arrived\n", (long)sent, (long)arrived);
  call("last thread");
  say("done\n");
  exit(0);
  return unused;
}

static void start_all(const char *state) {
  if (!strcmp(state, "computes")) start(compute, NULL);
  if (!strcmp(state, "vfork")) start(wait_for_vfork, NULL);
  if (!strcmp(state, "births")) have_births();
  if (!strcmp(state, "signals")) have_signals();
  if (!strcmp(state, "calls") || !strcmp(state, "zombie")) {
    start(make_calls, NULL);
    start(make_calls, NULL);
  }
}

// Where they are also after an execve.
static void open_files(void) {
  char path[4096];
  snprintf(path, sizeof path, "%s.stop", file);
  const int files[] = {open(file, O_WRONLY | O_CREAT | O_APPEND, 0666), open(path, O_RDONLY)};
  if (dup2(files[0], report) < 0 || dup2(files[1], fifo) < 0) exit(2);
}

int main(int count, char **words) {
  if (count < 3) return 2;
  self = words[0];
  file = words[2];
  if (count > 3) tolerance = words[3];
  const char *state = words[1];
  if (!strcmp(state, "again")) return live_again(atol(words[4]));
  signalled = getpid();
  open_files();
  // A tracer passes on what ends it, to the command that it started.
  const int fatal[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE};
  for (size_t i = 0; i < sizeof fatal / sizeof *fatal; ++i) signal(fatal[i], SIG_IGN);
  const struct {
    const char *name;
    void (*live)(void);
  } alone[] = {
      {"blocks", be_blocked}, {"stopped", have_child_stopped}, {"execs", have_executions}, {"slow", call_slowly}};
  for (size_t i = 0; i < sizeof alone / sizeof *alone; ++i) {
    if (strcmp(state, alone[i].name)) continue;
    alone[i].live();
    call("leader");
    say("done\n");
    return 0;
  }
  start_all(state);
  if (strcmp(state, "zombie")) lead(NULL);
  pthread_t leader;
  pthread_create(&leader, NULL, lead, NULL);
  syscall(SYS_exit, 0);
}
