// storm MODE COUNT [...]: very much of one thing, counted. Exit status 0 if it saw all of it, else a message and 1.
//   processes  COUNT short processes, a few at a time: each calls getppid once
//   threads    COUNT threads that live together, call getppid three times each, and die together
//   bomb       processes that have two children each, COUNT in all (and then no more): each calls getppid once
//   execs      COUNT times execve by a thread that is not the leader, while others make calls
//   signals    COUNT queued signals from a process to its parent as fast as they go
//   calls      four threads that call getppid COUNT times each, while somebody else may stop and continue them
//   newborns   threads that have short threads of their own until the standard input ends
//   debugger   traces a child that asks for it (PTRACE_TRACEME), COUNT times; status 3: the child is refused that
//   seizer     traces a child that does not know (PTRACE_SEIZE), COUNT times; status 3: that is refused
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { at_a_time = 8, statuses = 100, calls_of_thread = 3, small_stack = 64 << 10, refused = 3 };

static const char *self;

static void fail(const char *what) {
  fprintf(stderr, "storm: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void check(const char *what, bool holds) {
  if (!holds) fail(what);
}

static void ask(void) {
  check("getppid", syscall(SYS_getppid) >= 0);
}

static int reap(pid_t child) {
  int status = 0;
  check("waitpid", waitpid(child, &status, 0) >= 0);
  return status;
}

static int processes(long count) {
  long ended[statuses] = {0};
  for (long i = 0; i < count + at_a_time; ++i) {
    if (i >= at_a_time) {
      const int status = reap(-1);
      check("a child ends by itself", WIFEXITED(status));
      ++ended[WEXITSTATUS(status)];
    }
    if (i >= count) continue;
    const pid_t child = fork();
    check("fork", child >= 0);
    if (child == 0) {
      ask();
      _exit((int)(i % statuses));
    }
  }
  for (long i = 0; i < statuses; ++i) check("every status", ended[i] == count / statuses);
  return 0;
}

static pthread_barrier_t together;

static void *live_together(void *unused) {
  pthread_barrier_wait(&together);
  for (int i = 0; i < calls_of_thread; ++i) ask();
  pthread_barrier_wait(&together);
  return unused;
}

static pthread_t start(void *(*work)(void *), void *argument) {
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, small_stack);
  pthread_t thread;
  errno = pthread_create(&thread, &small, work, argument);
  check("pthread_create", errno == 0);
  return thread;
}

static int threads(long count) {
  pthread_t *all = calloc((size_t)count, sizeof *all);
  pthread_barrier_init(&together, NULL, (unsigned)count);
  for (long i = 0; i < count; ++i) all[i] = start(live_together, NULL);
  for (long i = 0; i < count; ++i) check("pthread_join", pthread_join(all[i], NULL) == 0);
  return 0;
}

static int bomb(long count) {
  atomic_long *born = mmap(NULL, sizeof *born, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  check("mmap", born != MAP_FAILED);
  *born = 1;
  for (bool is_new = true; is_new;) {
    is_new = false;
    ask();
    int children = 0;
    for (int i = 0; i < 2 && !is_new && atomic_fetch_add(born, 1) < count; ++i) {
      const pid_t child = fork();
      check("fork", child >= 0);
      if (child == 0) is_new = true;
      ++children;
    }
    for (; !is_new && children > 0; --children) check("a child's status", reap(-1) == 0);
  }
  return 0;
}

static void *ask_for_ever(void *unused) {
  for (;;) ask();
  return unused;
}

static void *execute(void *count) {
  char left[32];
  snprintf(left, sizeof left, "%ld", (long)count - 1);
  execl(self, self, "execs", left, (char *)NULL);
  fail("execve");
  return NULL;
}

static int execs(long count) {
  if (count == 0) return 0;
  start(ask_for_ever, NULL);
  start(ask_for_ever, NULL);
  start(execute, (void *)count);
  for (;;) pause();
}

static volatile long arrived;

static void note(int signal) {
  (void)signal;
  ++arrived;
}

static int signals(long count) {
  signal(SIGRTMIN, note);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    const union sigval value = {.sival_int = 0};
    for (long i = 0; i < count; ++i)
      while (sigqueue(parent, SIGRTMIN, value) != 0) check("sigqueue", errno == EAGAIN);
    _exit(0);
  }
  int status = 1;
  while (waitpid(child, &status, 0) < 0) check("waitpid", errno == EINTR);
  check("the sender's status", status == 0);
  // What was sent before it ended is delivered before this is reached.
  if (arrived != count) fprintf(stderr, "storm: %ld of %ld signals arrived\n", arrived, count);
  return arrived != count;
}

static void *ask_often(void *count) {
  for (long i = 0; i < (long)count; ++i) ask();
  return NULL;
}

static int calls(long count) {
  pthread_t all[4];
  for (int i = 0; i < 4; ++i) all[i] = start(ask_often, (void *)count);
  for (int i = 0; i < 4; ++i) pthread_join(all[i], NULL);
  return 0;
}

static atomic_bool over;

static void *ask_once(void *unused) {
  ask();
  return unused;
}

static void *bear(void *unused) {
  while (!over) {
    pthread_t children[4];
    for (int i = 0; i < 4; ++i) children[i] = start(ask_once, NULL);
    for (int i = 0; i < 4; ++i) pthread_join(children[i], NULL);
  }
  return unused;
}

static int newborns(long count) {
  pthread_t *all = calloc((size_t)count, sizeof *all);
  for (long i = 0; i < count; ++i) all[i] = start(bear, NULL);
  check("write", write(STDOUT_FILENO, "ready\n", 6) == 6);
  char byte;
  check("read", read(STDIN_FILENO, &byte, 1) == 0);
  over = true;
  for (long i = 0; i < count; ++i) pthread_join(all[i], NULL);
  return 0;
}

// From one stop to the next until it ends. Every signal but SIGTRAP is passed on.
static long follow(pid_t child, int *status) {
  long stops = 0;
  for (; WIFSTOPPED(*status); ++stops) {
    const int signal = WSTOPSIG(*status) == SIGTRAP ? 0 : WSTOPSIG(*status);
    check("PTRACE_SYSCALL", ptrace(PTRACE_SYSCALL, child, NULL, signal) == 0);
    *status = reap(child);
  }
  return stops;
}

static int debugger(long count) {
  for (long i = 0; i < count; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) _exit(errno == EPERM ? refused : 1);
      execl("/bin/true", "true", (char *)NULL);
      _exit(1);
    }
    int status = reap(child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == refused) return refused;
    check("calls of a traced child", follow(child, &status) > 10 && status == 0);
  }
  return 0;
}

static int seizer(long count) {
  for (long i = 0; i < count; ++i) {
    int go[2];
    check("pipe", pipe(go) == 0);
    const pid_t child = fork();
    if (child == 0) {
      char byte;
      close(go[1]);
      if (read(go[0], &byte, 1) < 0) _exit(1);
      for (int k = 0; k < 10; ++k) ask();
      _exit(0);
    }
    close(go[0]);
    const bool seized = ptrace(PTRACE_SEIZE, child, NULL, NULL) == 0;
    if (!seized && errno != EPERM) fail("PTRACE_SEIZE");
    if (seized) check("PTRACE_INTERRUPT", ptrace(PTRACE_INTERRUPT, child, NULL, NULL) == 0);
    int status = seized ? reap(child) : 0;
    close(go[1]);
    if (!seized) {
      check("the child's status", reap(child) == 0);
      return refused;
    }
    check("calls of a seized child", follow(child, &status) > 20 && status == 0);
  }
  return 0;
}

int main(int words, char **word) {
  static const struct {
    const char *name;
    int (*run)(long count);
  } modes[] = {{"processes", processes}, {"threads", threads}, {"bomb", bomb},
               {"execs", execs},         {"signals", signals}, {"calls", calls},
               {"newborns", newborns},   {"debugger", debugger}, {"seizer", seizer}};
  if (words < 3) return 2;
  self = word[0];
  for (size_t i = 0; i < sizeof modes / sizeof *modes; ++i)
    if (!strcmp(word[1], modes[i].name)) return modes[i].run(atol(word[2]));
  return 2;
}
