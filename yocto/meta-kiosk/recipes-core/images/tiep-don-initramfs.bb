SUMMARY = "The first file system of a boot: finds the slot by its partition's label"
DESCRIPTION = "Modules of oe-core's initramfs framework, which look for the partition on the kernel's command line."
SECTION = "kiosk"
LICENSE = "MIT"

inherit core-image

PACKAGE_INSTALL = "\
    base-passwd \
    initramfs-framework-base \
    initramfs-module-rootfs \
    initramfs-module-udev \
    ${VIRTUAL-RUNTIME_base-utils} \
"
BAD_RECOMMENDATIONS += "busybox-syslog"

IMAGE_FEATURES = ""
IMAGE_LINGUAS = ""
IMAGE_NAME_SUFFIX = ""
IMAGE_FSTYPES = "cpio.gz"
IMAGE_ROOTFS_SIZE = "8192"
IMAGE_ROOTFS_EXTRA_SPACE = "0"
