// busy N [calls]: N threads work until the standard input ends, each checking that nothing disturbs it: calls that
// block are never interrupted, queued signals all arrive, in a process that may be attached to and let go at any
// moment. With `calls` they only make calls, and check that they get on. Exit status 0 if every thread made progress
// and saw nothing odd; else a message on the standard error and 1.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static atomic_bool finish;
static atomic_long odd;
static atomic_long sent, received;

static void complain(const char* what, long result) {
  fprintf(stderr, "busy: %s: %ld, errno %d\n", what, result, errno);
  ++odd;
}

static void handler(int signal, siginfo_t* info, void* context) {
  (void)signal, (void)context;
  if (info->si_code == SI_QUEUE) ++received;
}

// One round of each kind of work. 0: fine.
static void round_of_calls(void) {
  if (syscall(SYS_getppid) <= 0) complain("getppid", 0);
}

static void round_of_signals(void) {
  const union sigval value = {.sival_int = 1};
  siginfo_t info = {
      .si_signo = SIGRTMIN, .si_code = SI_QUEUE, .si_pid = getpid(), .si_uid = getuid(), .si_value = value};
  if (syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), SIGRTMIN, &info) == 0) ++sent;
}

static void round_of_epoll(void) {
  static __thread int set = -1;
  if (set < 0) set = epoll_create1(0);
  struct epoll_event event;
  const int ready = epoll_wait(set, &event, 1, 3);
  if (ready != 0) complain("epoll_wait", ready);
}

static void round_of_poll(void) {
  const int ready = poll(NULL, 0, 3);
  if (ready != 0) complain("poll", ready);
}

static void round_of_select(void) {
  struct timeval timeout = {0, 3000};
  const int ready = select(0, NULL, NULL, NULL, &timeout);
  if (ready != 0) complain("select", ready);
}

static void round_of_sleep(void) {
  const struct timespec time = {0, 3000000};
  if (nanosleep(&time, NULL) != 0) complain("nanosleep", -1);
}

static void round_of_semaphore(void) {
  static __thread int set = -1;
  if (set < 0) set = semget(IPC_PRIVATE, 1, 0600);
  struct sembuf take = {.sem_num = 0, .sem_op = -1, .sem_flg = 0};
  const struct timespec time = {0, 3000000};
  if (semtimedop(set, &take, 1, &time) == 0 || errno != EAGAIN) complain("semtimedop", -1);
  if (finish) semctl(set, 0, IPC_RMID);
}

static void round_of_sigwait(void) {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGUSR2);
  const struct timespec time = {0, 3000000};
  if (sigtimedwait(&wanted, NULL, &time) >= 0 || errno != EAGAIN) complain("sigtimedwait", -1);
}

static void round_of_pipe(void) {
  static __thread int ends[2] = {-1, -1};
  char byte = 'x';
  if (ends[0] < 0 && pipe(ends) != 0) complain("pipe", -1);
  if (write(ends[1], &byte, 1) != 1 || read(ends[0], &byte, 1) != 1) complain("pipe", -1);
}

static void round_of_children(void) {
  const pid_t child = vfork();
  if (child == 0) _exit(17);
  int status = 0;
  const pid_t waited = waitpid(child, &status, 0);
  if (waited != child || WEXITSTATUS(status) != 17) complain("waitpid", waited);
}

static void (*const rounds[])(void) = {round_of_calls,  round_of_signals, round_of_epoll,     round_of_poll,
                                       round_of_select, round_of_sleep,   round_of_semaphore, round_of_sigwait,
                                       round_of_pipe,   round_of_children};

static bool only_calls;

static void* work(void* number) {
  const size_t kind = only_calls ? 0 : (size_t)number % (sizeof rounds / sizeof *rounds);
  void (*const do_round)(void) = rounds[kind];
  sigset_t all;
  sigfillset(&all);
  if (do_round == round_of_signals) sigdelset(&all, SIGRTMIN);
  pthread_sigmask(SIG_SETMASK, &all, NULL);
  long done = 0;
  do {
    do_round();
    ++done;
  } while (!finish);
  return (void*)done;
}

int main(int argc, char** argv) {
  const size_t count = argc > 1 ? (size_t)atol(argv[1]) : 16;
  only_calls = argc > 2;
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGRTMIN, &action, NULL);
  pthread_t* threads = calloc(count, sizeof *threads);
  for (size_t i = 0; i < count; ++i) pthread_create(&threads[i], NULL, work, (void*)i);
  if (write(STDOUT_FILENO, "ready\n", 6) != 6) return 1;
  char byte;
  const ssize_t got = read(STDIN_FILENO, &byte, 1);
  if (got != 0) complain("read", got);
  finish = true;
  for (size_t i = 0; i < count; ++i) {
    void* done = NULL;
    pthread_join(threads[i], &done);
    if (!done) complain("no progress in thread", (long)i);
  }
  if (sent != received) complain("signals sent but not received", sent - received);
  return odd == 0 ? 0 : 1;
}
