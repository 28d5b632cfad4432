/* A family that never stands still, in a session of its own: breed MODE, until its standard input ends.
 *   children     children that live for a while
 *   generations  children that have children that have children
 *   orphans      children that have a child and end, so that it loses its parent
 *   threads      generations whose first are made by several threads
 *   heavy        children of a process with much memory, whose forks take long
 * Writes "ready" when it has begun. Exits with 1 if a child ended in any other way than by itself. */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { own_end = 7, together = 4, much_memory = 128 << 20, page = 4096 };

static volatile int failed;
static struct {
  atomic_int born, over;
}* family;                       /* seen by all: how many children of the root have been born, and that all is over */
static _Thread_local int number; /* which of them I am, or descend from */

static void await(pid_t child) {
  int status;
  if (waitpid(child, &status, 0) == child && (!WIFEXITED(status) || WEXITSTATUS(status) != own_end)) failed = 1;
}

/* Everybody lives until some more have been born, so that there are always some, however busy the machine is. */
static void spend_life(void) {
  enum { most_naps = 5000 };
  for (int nap = 0; !family->over && family->born - number < together - 1 && nap < most_naps; ++nap) usleep(2000);
}

/* Descendants are born at once, one after the other; they end in the order in which they were born. */
static int live(int generations) {
  pid_t children[2] = {-1, -1};
  for (int i = 0; generations > 0 && i < 2; i++) {
    children[i] = fork();
    if (children[i] == 0) { /* as one that has none yet */
      generations--;
      children[0] = children[1] = -1;
      i = -1;
    }
    usleep(300);
  }
  spend_life();
  for (int i = 0; i < 2; i++)
    if (children[i] > 0) await(children[i]);
  return failed ? 1 : own_end;
}

static void bereave(void) {
  if (fork() == 0) spend_life();
  _exit(own_end);
}

static pid_t beget(const char* mode) {
  number = ++family->born;
  const pid_t child = fork();
  if (child != 0) return child;
  if (!strcmp(mode, "orphans")) bereave();
  _exit(live(strcmp(mode, "children") && strcmp(mode, "heavy") ? 2 : 0));
}

/* Every page has to be entered in the page table of every child. */
static void gain_weight(void) {
  char* memory = mmap(NULL, much_memory, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) exit(2);
  madvise(memory, much_memory, MADV_NOHUGEPAGE);
  for (size_t at = 0; at < much_memory; at += page) memory[at] = 1;
}

/* Who looks at the family needs longer on a slow machine. */
static useconds_t pause_between_births(void) {
  const char* slowness = getenv("KTRACE_TEST_SLOWNESS");
  return 1000 * (slowness ? (useconds_t)atoi(slowness) : 1);
}

static void* breed(void* mode) {
  const useconds_t pause = pause_between_births();
  pid_t children[together] = {0};
  for (unsigned i = 0; !family->over; i = (i + 1) % together) {
    if (children[i] > 0) await(children[i]);
    children[i] = beget(mode);
    usleep(pause);
  }
  for (unsigned i = 0; i < together; i++)
    if (children[i] > 0) await(children[i]);
  return NULL;
}

int main(int count, char** words) {
  if (count < 2) return 2;
  char* mode = words[1];
  setsid();
  family = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (family == MAP_FAILED) return 2;
  if (!strcmp(mode, "heavy")) gain_weight();
  pthread_t threads[3];
  const int several = strcmp(mode, "threads") ? 1 : 3;
  for (int i = 0; i < several; i++) pthread_create(&threads[i], NULL, breed, mode);
  puts("ready");
  fflush(stdout);
  struct pollfd input = {.fd = 0, .events = POLLIN};
  while (poll(&input, 1, -1) < 0) {
  }
  family->over = 1;
  for (int i = 0; i < several; i++) pthread_join(threads[i], NULL);
  return failed;
}
