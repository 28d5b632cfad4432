// quotactl(2) and quotactl_fd(2), played: what each command takes and gives.
// run: -e trace=quotactl,quotactl_fd
// run: -e trace=quotactl,quotactl_fd -v
#include "live.h"

#define CALL(command, type) (long)((unsigned)(command) << 8 | (type))
#ifndef SYS_quotactl_fd
#define SYS_quotactl_fd 443
#endif

enum { sync_all = 0x800001, on, off, get_format, get_info, set_info, get_quota, set_quota, get_next, xfs_on = 0x5801, xfs_get = 0x5803, xfs_status = 0x5805, xfs_remove };

static long call(unsigned command, const char* device, int id, const void* data) {
  return syscall(SYS_quotactl, CALL(command, 1), device, id, data);
}

static void limits(void) {
  const uint64_t words[9] = {1, 2, 3, 4, 5, 6, 7, 8, 0x900000021};
  const char* shown = live_run == 0 ? "..." : "dqb_btime=7, dqb_itime=8, dqb_valid=QIF_BLIMITS|QIF_ITIME";
  const char* head = "dqb_bhardlimit=1, dqb_bsoftlimit=2, dqb_curspace=3, dqb_ihardlimit=4, dqb_isoftlimit=5, dqb_curinodes=6";
  const void* last = tail_copy(words, sizeof words);
  long rc = call(set_quota, "/dev/none", -1, last);
  expect("quotactl(QCMD(Q_SETQUOTA, GRPQUOTA), \"/dev/none\", -1, {%s, %s}) = %s", head, shown, result(rc));
  rc = call(get_quota, NULL, 5, last);
  expect("quotactl(QCMD(Q_GETQUOTA, GRPQUOTA), NULL, 5, {%s, %s}) = %s", head, shown, result(rc));
  const char* next = live_run == 0 ? format("dqb_id=9, ...") : format("%s, dqb_id=9", shown);
  rc = call(get_next, "x", 5, last);
  expect("quotactl(QCMD(Q_GETNEXTQUOTA, GRPQUOTA), \"x\", 5, {%s, %s}) = %s", head, next, result(rc));
  rc = call(get_next, "x", 5, (const char*)last + 4);
  expect("quotactl(QCMD(Q_GETNEXTQUOTA, GRPQUOTA), \"x\", 5, %#lx) = %s", (unsigned long)last + 4, result(rc));
}

static void settings(void) {
  const uint32_t words[6] = {7, 0, 8, 0, 0x10001, 9};
  long rc = call(get_info, "x", 1, words);
  expect("quotactl(QCMD(Q_GETINFO, GRPQUOTA), \"x\", {dqi_bgrace=7, dqi_igrace=8, dqi_flags=DQF_ROOT_SQUASH|DQF_SYS_FILE, "
         "dqi_valid=IIF_BGRACE|0x8}) = %s", result(rc));
  rc = call(get_format, "x", 1, words + 2);
  expect("quotactl(QCMD(Q_GETFMT, GRPQUOTA), \"x\", [0x8 /* QFMT_??? */]) = %s", result(rc));
  rc = call(on, "x", 2, "/quota");
  expect("quotactl(QCMD(Q_QUOTAON, GRPQUOTA), \"x\", QFMT_VFS_V0, \"/quota\") = %s", result(rc));
  rc = call(off, "x", 2, words);
  expect("quotactl(QCMD(Q_QUOTAOFF, GRPQUOTA), \"x\") = %s", result(rc));
  rc = call(sync_all, NULL, 2, words);
  expect("quotactl(QCMD(Q_SYNC, GRPQUOTA), NULL) = %s", result(rc));
  rc = call(0x100, "x", 2, words);
  expect("quotactl(QCMD(Q_V1_QUOTAON, GRPQUOTA), \"x\", 2, %s) = %s", address(words), result(rc));
  rc = syscall(SYS_quotactl, CALL(0x1234, 7), "x", 2, words);
  expect("quotactl(QCMD(0x1234 /* Q_??? */, 0x7 /* ???QUOTA */), \"x\", 2, %s) = %s", address(words), result(rc));
}

static void xfs(void) {
  const uint32_t flags = 0x41;
  long rc = call(xfs_on, "x", 0, &flags);
  expect("quotactl(QCMD(Q_XQUOTAON, GRPQUOTA), \"x\", [FS_QUOTA_UDQ_ACCT|0x40]) = %s", result(rc));
  rc = call(xfs_remove, "x", 0, &flags);
  expect("quotactl(QCMD(Q_XQUOTARM, GRPQUOTA), \"x\", [FS_USER_QUOTA|0x40]) = %s", result(rc));
  static unsigned char bytes[112] = {1, 2, 3, 0, 5};
  rc = call(xfs_get, "x", 5, bytes);
  const char* head = "d_version=1, d_flags=FS_PROJ_QUOTA, d_fieldmask=0x3, d_id=5, d_blk_hardlimit=0, d_blk_softlimit=0, "
                     "d_ino_hardlimit=0, d_ino_softlimit=0, d_bcount=0, d_icount=0";
  expect("quotactl(QCMD(Q_XGETQUOTA, GRPQUOTA), \"x\", 5, {%s, %s}) = %s", head,
         live_run == 0 ? "..." : "d_itimer=0, d_btimer=0, d_iwarns=0, d_bwarns=0, d_rtb_hardlimit=0, d_rtb_softlimit=0, d_rtbcount=0, d_rtbtimer=0, d_rtbwarns=0",
         result(rc));
  rc = syscall(SYS_quotactl_fd, 4, CALL(xfs_status, 2), 5, bytes);
  expect("quotactl_fd(4, QCMD(Q_XGETQSTAT, PRJQUOTA), {qs_version=1, %s}) = %s",
         live_run == 0 ? "..." : "qs_flags=FS_QUOTA_UDQ_ACCT|FS_QUOTA_UDQ_ENFD, qs_uquota={qfs_ino=0, qfs_nblks=0, qfs_nextents=0}, "
                                 "qs_gquota={qfs_ino=0, qfs_nblks=0, qfs_nextents=0}, qs_incoredqs=0, qs_btimelimit=0, qs_itimelimit=0, "
                                 "qs_rtbtimelimit=0, qs_bwarnlimit=0, qs_iwarnlimit=0",
         result(rc));
  rc = syscall(SYS_quotactl_fd, 5, CALL(xfs_status, 2), 5, bytes);
  expect("quotactl_fd(5, QCMD(Q_XGETQSTAT, PRJQUOTA), %s) = %s", address(bytes), result(rc));
}

int main(int argc, char** argv) {
  live_answer(SYS_quotactl, 0, false);
  live_answer(SYS_quotactl_fd, EPERM, true);
  live_begin(argc, argv);
  limits();
  settings();
  xfs();
  live_end();
}
