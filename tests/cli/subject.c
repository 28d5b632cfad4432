// What the tracers of the command-line tests trace: does the things its arguments name, one after the other.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void on_signal(int number) {
  (void)number;
}

static void* in_thread(void* path) {
  chdir(path);
  return NULL;
}

static void* thread_execs(void* self) {
  execl(self, self, "chdir", (char*)NULL);
  return NULL;
}

static void make_thread(void* (*start)(void*), const char* argument) {
  pthread_t thread;
  pthread_create(&thread, NULL, start, (void*)argument);
  pthread_join(thread, NULL);
}

// Until the tracer has taken note of the end of all other threads.
static void be_alone(void) {
  struct stat tasks;
  while (stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink > 3) usleep(10000);
}

// Says in a file who waits, and waits for a line in the FIFO FILE.go (or ten minutes): in one call, so that there is
// nothing for a tracer to do meanwhile, and it does not matter how often the call is interrupted.
static void meet(const char* file) {
  char fifo[40];
  snprintf(fifo, sizeof fifo, "%s.go", file);
  mkfifo(fifo, 0600);
  const int go = open(fifo, O_RDWR);
  FILE* here = fopen("new", "w");
  fprintf(here, "%d\n", (int)getpid());
  fclose(here);
  rename("new", file);
  poll(&(struct pollfd){.fd = go, .events = POLLIN}, 1, 600000);
  close(go);
}

// Nothing can stop this process until somebody calls `go`: it waits for its vfork child.
static void meet_in_vfork(void) {
  const pid_t child = vfork();
  if (child == 0) {
    meet("here");
    _exit(0);
  }
  waitpid(child, NULL, 0);
}

static void make_child(void) {
  const pid_t child = fork();
  if (child == 0) {
    chdir("child");
    _exit(7);
  }
  waitpid(child, NULL, 0);
}

static void run_child(const char* self) {
  const pid_t child = vfork();
  if (child == 0) {
    execl(self, self, "chdir", (char*)NULL);
    _exit(127);
  }
  waitpid(child, NULL, 0);
}

// `kill:N`, `exit:3`, ...: the number behind the colon.
static int number(const char* word) {
  const char* colon = strchr(word, ':');
  return colon ? atoi(colon + 1) : 0;
}

static int is(const char* word, const char* name) {
  const size_t length = strlen(name);
  return strncmp(word, name, length) == 0 && (word[length] == '\0' || word[length] == ':');
}

static void descriptors(void) {
  const int fd = open("/dev/null", O_RDWR);
  dup3(fd, 9, 0);
  dup3(open("/dev/zero", O_RDONLY), 8, 0);
  char bytes[16];
  read(8, bytes, 4);
  write(9, "hello\n", 6);
  write(9, "caf\303\251\n", 6);
}

static void kinds(void) {
  dup3(eventfd(5, 0), 10, 0);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  dup3(signalfd(-1, &set, 0), 11, 0);
  dup3(socket(AF_UNIX, SOCK_STREAM, 0), 12, 0);
  dup3((int)syscall(SYS_pidfd_open, getpid(), 0), 13, 0);
  dup3(open("/dev/null", O_RDONLY), 14, 0);
  for (int fd = 10; fd <= 14; fd++) fsync(fd);
}

static void show_ids(void) {
  const int gid = (int)getgid();  // in this order
  printf("%d:%d\n", (int)getuid(), gid);
}

// Returns 0 if it does not know the word.
static int act(const char* self, const char* word) {
  struct stat status;
  if (is(word, "chdir"))
    chdir(strchr(word, ':') ? strchr(word, ':') + 1 : ".");
  else if (is(word, "fail"))
    chdir("/nonexistent");
  else if (is(word, "child"))
    make_child();
  else if (is(word, "thread"))
    make_thread(in_thread, "thread");
  else if (is(word, "alone"))
    be_alone();
  else if (is(word, "meet"))
    meet(strchr(word, ':') ? strchr(word, ':') + 1 : "here");
  else if (is(word, "vfork"))
    meet_in_vfork();
  else if (is(word, "threadexec"))
    make_thread(thread_execs, self);
  else if (is(word, "run"))
    run_child(self);
  else if (is(word, "exec"))
    execl(self, self, "chdir:after", (char*)NULL);
  else if (is(word, "handle"))
    signal(number(word), on_signal);
  else if (is(word, "ignore"))
    signal(number(word), SIG_IGN);
  else if (is(word, "kill"))
    kill(getpid(), number(word));
  else if (is(word, "exit"))
    exit(number(word));
  else if (is(word, "sleep"))
    usleep((useconds_t)number(word) * 1000);
  else if (is(word, "stat"))
    stat("/dev/null", &status);
  else if (is(word, "fds"))
    descriptors();
  else if (is(word, "kinds"))
    kinds();
  else if (is(word, "pid"))
    syscall(SYS_getpid);
  else if (is(word, "odd"))
    syscall(0x7ff, 1, 2, 3, 4, 5, 6);
  else if (is(word, "uid"))
    show_ids();
  else if (is(word, "argv0"))
    puts(self);
  else if (is(word, "say"))
    puts(word);
  else if (is(word, "nocore"))
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  else if (is(word, "wait"))
    sigsuspend(&(sigset_t){0});
  else if (is(word, "name"))
    prctl(PR_SET_NAME, "renamed");
  else
    return 0;
  fflush(stdout);
  return 1;
}

int main(int argc, char** argv) {
  for (int i = 1; i < argc; i++) {
    if (act(argc > 0 ? argv[0] : "", argv[i])) continue;
    fprintf(stderr, "subject: what is %s?\n", argv[i]);
    return 99;
  }
  return 0;
}
