# Roots are squashfs; scanners and printers hang on USB serial adapters; the panel is a DRM device.
KERNEL_FEATURES:append:tiep-don = " cfg/fs/squashfs.scc"
FILESEXTRAPATHS:prepend:tiep-don := "${THISDIR}/files:"
SRC_URI:append:tiep-don = " file://kiosk.cfg"
