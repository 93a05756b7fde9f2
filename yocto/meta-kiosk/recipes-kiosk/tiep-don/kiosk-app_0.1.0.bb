SUMMARY = "The program of a hospital self-service kiosk"
DESCRIPTION = "Reads an identity card, shows the services, prints a ticket with a number and tells the queue service. \
               Drives scanner, chip-card reader, printer and touch screen itself, without a desktop."
LICENSE = "GPL-3.0-only"

require tiep-don.inc

DEPENDS += "fontconfig libinput libxkbcommon pcsc-lite udev"

inherit pkgconfig systemd

FILESEXTRAPATHS:prepend := "${TIEP_DON_SRC}/images/units:"
SRC_URI += "file://kiosk-app.service"

TIEP_DON_FEATURES = "linuxkms"
SYSTEMD_SERVICE:${PN} = "kiosk-app.service"

do_install:append() {
    install -D -m 0644 ${UNPACKDIR}/kiosk-app.service ${D}${systemd_system_unitdir}/kiosk-app.service
}

RDEPENDS:${PN} = "ca-certificates kiosk-flash kiosk-system pcsc-lite tzdata"
RRECOMMENDS:${PN} = "ccid kioskctl"
