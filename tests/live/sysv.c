// System V IPC: flags with modes, structures by command, messages.
// run: -e trace=shmget,shmctl,shmat,shmdt,semget,semctl,semop,msgget,msgsnd,msgrcv,msgctl
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "live.h"

static void memory(void) {
  const int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | IPC_EXCL | 0600);
  expect("shmget(IPC_PRIVATE, 4096, IPC_CREAT|IPC_EXCL|0600) = %s", result(id));
  struct shmid_ds ds;
  int rc = shmctl(id, IPC_STAT, &ds);
  expect(
      "shmctl(%d, %sIPC_STAT, {shm_perm={uid=%d, gid=%d, mode=0600, key=0, cuid=%d, cgid=%d}, shm_segsz=4096, "
      "shm_cpid=%d, shm_lpid=0, shm_nattch=0, shm_atime=0, shm_dtime=0, shm_ctime=%lu}) = %s",
      id, LIVE_64 ? "" : "IPC_64|", ds.shm_perm.uid, ds.shm_perm.gid, ds.shm_perm.cuid, ds.shm_perm.cgid, ds.shm_cpid,
      (unsigned long)ds.shm_ctime, result(rc));
  rc = shmctl(id, IPC_RMID, NULL);
  expect("shmctl(%d, %sIPC_RMID, NULL) = %s", id, LIVE_64 ? "" : "IPC_64|", result(rc));
  rc = shmget(0x12345, 1, 0644 | 010000);
  expect("shmget(0x12345, 1, SHM_NORESERVE|0644) = %s", result(rc));
}

static void semaphores(void) {
  const int id = semget(IPC_PRIVATE, 3, 0600);
  expect("semget(IPC_PRIVATE, 3, 0600) = %s", result(id));
#ifdef SYS_semop  // i386 has it only as a part of ipc(2)
  int rc = semctl(id, 0, IPC_RMID, NULL);
#ifdef __arm__
  const char* version = "IPC_64|";
#else
  const char* version = "";
#endif
  expect("semctl(%d, 0, %sIPC_RMID, NULL) = %s", id, version, result(rc));
  struct sembuf ops[] = {{0, 1, SEM_UNDO}, {2, -1, IPC_NOWAIT}};
  rc = (int)syscall(SYS_semop, id, ops, 2);
  expect("semop(%d, [{sem_num=0, sem_op=1, sem_flg=SEM_UNDO}, {sem_num=2, sem_op=-1, sem_flg=IPC_NOWAIT}], 2) = %s", id,
         result(rc));
#endif
}

static void queues(void) {
  const int id = msgget(IPC_PRIVATE, 0600);
  expect("msgget(IPC_PRIVATE, 0600) = %s", result(id));
  struct {
    long type;
    char text[8];
  } message = {5, "hello"};
  int rc = msgsnd(id, &message, 5, IPC_NOWAIT);
  expect("msgsnd(%d, {mtype=5, mtext=\"hello\"}, 5, IPC_NOWAIT) = %s", id, result(rc));
  rc = (int)msgrcv(id, &message, 5, -7, MSG_NOERROR);
  expect("msgrcv(%d, {mtype=5, mtext=\"hello\"}, 5, -7, MSG_NOERROR) = %s", id, result(rc));
  rc = (int)msgrcv(id, &message, 5, 0, IPC_NOWAIT);
  expect("msgrcv(%d, %s, 5, 0, IPC_NOWAIT) = %s", id, address(&message), result(rc));
  rc = msgctl(id, IPC_RMID, NULL);
  expect("msgctl(%d, %sIPC_RMID, NULL) = %s", id, LIVE_64 ? "" : "IPC_64|", result(rc));
}

int main(int argc, char** argv) {
  live_begin(argc, argv);
  memory();
  semaphores();
  queues();
  live_end();
}
