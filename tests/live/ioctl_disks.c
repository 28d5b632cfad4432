// Requests to loop devices, flash memory, the device mapper, btrfs and disks.
// run: -e trace=ioctl
#include <linux/btrfs.h>
#include <linux/dm-ioctl.h>
#include <linux/hdreg.h>
#include <linux/loop.h>
#include <mtd/mtd-user.h>

#include "refused.h"

static const struct row rows[] = {
    ROW(LOOP_SET_STATUS, sizeof(struct loop_info), "{lo_number=3, lo_offset=0, lo_flags=0, lo_name=\"\", ...}", 3),
    ROW(LOOP_GET_STATUS64, sizeof(struct loop_info64), NULL, 0),
    ROW(LOOP_SET_STATUS64, sizeof(struct loop_info64), "{lo_offset=0, lo_number=0, lo_flags=0, lo_file_name=\"\", ...}",
        0),
    ROW(LOOP_CONFIGURE, sizeof(struct loop_config),
        "{fd=1, block_size=512, info={lo_offset=0, lo_number=0, lo_flags=0, lo_file_name=\"\", ...}}", 1, 512),
    ROW(MEMWRITEOOB, sizeof(struct mtd_oob_buf), "{start=0x10, length=0x8, ptr=NULL}", 16, 8),
    ROW(BTRFS_IOC_DEFRAG_RANGE, sizeof(struct btrfs_ioctl_defrag_range_args),
        "{start=0, len=4096, flags=BTRFS_DEFRAG_RANGE_COMPRESS, extent_thresh=0, compress_type=BTRFS_COMPRESS_NONE}", 0,
        0, 4096, 0, 1, 0),
    ROW(BTRFS_IOC_SNAP_CREATE, sizeof(struct btrfs_ioctl_vol_args), "{fd=3, name=\"snd\"}", 3, 0, 0x646e73),
    ROW(BTRFS_IOC_DEFAULT_SUBVOL, sizeof(uint64_t), "[5]", 5),
    ROW(BTRFS_IOC_FS_INFO, sizeof(struct btrfs_ioctl_fs_info_args), NULL, 0),
    ROW(BTRFS_IOC_DEV_INFO, sizeof(struct btrfs_ioctl_dev_info_args), "{devid=makedev(0, 0x1)}", 1),
    ROW(HDIO_GETGEO, sizeof(struct hd_geometry), NULL, 0),
};

// Padding at its end is not looked at.
static void device_mapper(void) {
  const struct row request = ROW(DM_VERSION, 0, NULL, 0);
  const struct dm_ioctl all = {.version = {4, 0, 0}, .data_size = sizeof all, .data_start = 305};
  const int null = open("/dev/null", O_RDWR);
  refused(&request, null, tail_copy(&all, sizeof all), "[{version=[4, 0, 0], data_size=312, flags=0}]");
  refused(&request, null, tail_copy(&(struct dm_ioctl){.version = {5, 6, 7}, .data_size = sizeof all}, sizeof all - 1),
          "[{version=[5, 6, 7] /* unsupported device mapper ABI version */}]");
  refused(&request, null, NULL, "0");
  refused(&request, null, tail(sizeof all.version), NULL);
  close(null);
}

int main(int argc, char** argv) {
  live_begin(argc, argv);
  device_mapper();
  refuse_all(rows, sizeof rows / sizeof *rows);
  live_end();
}
