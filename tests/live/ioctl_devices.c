// Requests to clocks, input and video devices, pins and trusted execution environments.
// run: -e trace=ioctl
#include <linux/gpio.h>
#include <linux/input.h>
#include <linux/ptp_clock.h>
#include <linux/rtc.h>
#include <linux/tee.h>
#include <linux/videodev2.h>

#include "refused.h"

static const struct row rows[] = {
    ROW(RTC_RD_TIME, sizeof(struct rtc_time), NULL, 0),
    ROW(RTC_SET_TIME, sizeof(struct rtc_time), "{tm_sec=5, tm_min=4, tm_hour=3, tm_mday=2, tm_mon=1, tm_year=126, ...}",
        5, 4, 3, 2, 1, 126),
    ROW(RTC_WKALM_SET, sizeof(struct rtc_wkalrm),
        "{enabled=1, pending=0, time={tm_sec=5, tm_min=4, tm_hour=3, tm_mday=2, tm_mon=1, tm_year=126, ...}}", 1, 5, 4,
        3, 2, 1, 126),
    ROW(PTP_CLOCK_GETCAPS, sizeof(struct ptp_clock_caps), NULL, 0),
    ROW(PTP_EXTTS_REQUEST, sizeof(struct ptp_extts_request), "{index=2, flags=PTP_ENABLE_FEATURE|PTP_RISING_EDGE}", 2,
        3),
    ROW(PTP_PEROUT_REQUEST, sizeof(struct ptp_perout_request),
        "{start={sec=0, nsec=0}, period={sec=2, nsec=0}, index=0, flags=0}", 0, 0, 0, 0, 2),
    ROW(PTP_PIN_SETFUNC, sizeof(struct ptp_pin_desc), "{index=0, func=PTP_PF_NONE, chan=0}", 0x6e6970),
    ROW(EVIOCGVERSION, sizeof(int), NULL, 0),
    ROW(EVIOCGID, sizeof(struct input_id), NULL, 0),
    ROW(EVIOCSREP, 8, "[250, 33]", 250, 33),
    ROW(EVIOCSFF, sizeof(struct ff_effect), "{type=FF_RUMBLE, id=0, direction=0, ...}", 0x50),
    ROW(VIDIOC_QUERYCAP, sizeof(struct v4l2_capability), NULL, 0),
    ROW(VIDIOC_S_CTRL, sizeof(struct v4l2_control), "{id=V4L2_CID_BRIGHTNESS, value=7}", 0x980900, 7),
    ROW(VIDIOC_S_CROP, sizeof(struct v4l2_crop),
        "{type=V4L2_BUF_TYPE_VIDEO_CAPTURE, c={left=2, top=3, width=4, height=5}}", 1, 2, 3, 4, 5),
    ROW(VIDIOC_CREATE_BUFS, sizeof(struct v4l2_create_buffers),
        "{count=2, memory=V4L2_MEMORY_MMAP, format={type=0 /* V4L2_BUF_TYPE_??? */}}", 0, 2, 1),
    ROW(VIDIOC_G_EXT_CTRLS, sizeof(struct v4l2_ext_controls),
        "{ctrl_class=V4L2_CTRL_CLASS_USER, count=2, controls=NULL, error_idx=0}", 0x980000, 2),
    ROW(VIDIOC_S_EXT_CTRLS, sizeof(struct v4l2_ext_controls), "{ctrl_class=V4L2_CTRL_CLASS_USER, count=0}", 0x980000,
        0),
    ROW(VIDIOC_TRY_EXT_CTRLS, sizeof(struct v4l2_ext_controls),
        "{ctrl_class=V4L2_CTRL_CLASS_USER, count=3, controls=NULL}", 0x980000, 3),
    ROW(GPIO_GET_CHIPINFO_IOCTL, sizeof(struct gpiochip_info), NULL, 0),
    ROW(GPIO_GET_LINEINFO_IOCTL, sizeof(struct gpioline_info), "{line_offset=5}", 5),
    ROW(GPIO_V2_LINE_SET_VALUES_IOCTL, sizeof(struct gpio_v2_line_values), "{bits=0x1, mask=0x3}", 1, 0, 3),
    ROW(GPIOHANDLE_SET_LINE_VALUES_IOCTL, sizeof(struct gpiohandle_data),
        "{values=[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
        "...]}",
        1),
    ROW(TEE_IOC_VERSION, sizeof(struct tee_ioctl_version_data), NULL, 0),
    ROW(TEE_IOC_SHM_ALLOC, sizeof(struct tee_ioctl_shm_alloc_data), "{size=0x1000, flags=0}", 4096),
    ROW(TEE_IOC_CANCEL, sizeof(struct tee_ioctl_cancel_arg), "{cancel_id=1, session=0x2}", 1, 2),
    ROW(TEE_IOC_CLOSE_SESSION, sizeof(struct tee_ioctl_close_session_arg), "{session=0x9}", 9),
};

int main(int argc, char** argv) {
  live_begin(argc, argv);
  refuse_all(rows, sizeof rows / sizeof *rows);
  live_end();
}
