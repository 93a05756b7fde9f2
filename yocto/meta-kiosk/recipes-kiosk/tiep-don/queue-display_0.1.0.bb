SUMMARY = "The waiting-room display of the hospital queue"
DESCRIPTION = "Follows the queue service, shows the numbers that were called, and says them aloud where a loudspeaker is."
LICENSE = "GPL-3.0-only"

require tiep-don.inc

DEPENDS += "fontconfig libinput libxkbcommon udev"

inherit pkgconfig systemd

FILESEXTRAPATHS:prepend := "${TIEP_DON_SRC}/images/units:"
SRC_URI += "file://queue-display.service file://display-enrol.service"

TIEP_DON_FEATURES = "linuxkms"
SYSTEMD_SERVICE:${PN} = "queue-display.service display-enrol.service"

do_install:append() {
    for unit in queue-display.service display-enrol.service; do
        install -D -m 0644 ${UNPACKDIR}/$unit ${D}${systemd_system_unitdir}/$unit
    done
}

RDEPENDS:${PN} = "ca-certificates kiosk-flash kiosk-system queuectl tzdata"
RRECOMMENDS:${PN} = "alsa-utils-aplay espeak-ng"
