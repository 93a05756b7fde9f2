SUMMARY = "The waiting-room display of the hospital queue"
DESCRIPTION = "Follows the queue service, shows the numbers that were called, and says them aloud where a loudspeaker is."
LICENSE = "GPL-3.0-only"

require tiep-don.inc

DEPENDS += "fontconfig libinput libxkbcommon udev"

inherit pkgconfig systemd

FILESEXTRAPATHS:prepend := "${TIEP_DON_SRC}/images/units:"
SRC_URI += "file://queue-display.service"

TIEP_DON_FEATURES = "linuxkms"
SYSTEMD_SERVICE:${PN} = "queue-display.service"

do_install:append() {
    install -D -m 0644 ${UNPACKDIR}/queue-display.service ${D}${systemd_system_unitdir}/queue-display.service
}

RDEPENDS:${PN} = "ca-certificates kiosk-flash kiosk-system tzdata"
RRECOMMENDS:${PN} = "alsa-utils-aplay espeak-ng"
