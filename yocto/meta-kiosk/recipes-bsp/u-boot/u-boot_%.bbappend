# Reads slots, and keeps the count of boots in a file of the first partition, where RAUC's tool finds it too.
FILESEXTRAPATHS:prepend:tiep-don := "${THISDIR}/files:"
SRC_URI:append:kiosk-raspberrypi4-64 = " file://kiosk.cfg"
SRC_URI:append:kiosk-rock-5b = " file://kiosk.cfg"
