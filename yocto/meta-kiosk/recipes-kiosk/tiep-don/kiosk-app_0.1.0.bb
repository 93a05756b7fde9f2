SUMMARY = "The program of a hospital self-service kiosk"
DESCRIPTION = "Reads an identity card, shows the services, prints a ticket with a number and tells the queue service. \
               Drives scanner, chip-card reader, printer and touch screen itself, without a desktop."
LICENSE = "GPL-3.0-only"

require tiep-don.inc

DEPENDS += "fontconfig libinput libxkbcommon pcsc-lite udev"

inherit pkgconfig systemd

FILESEXTRAPATHS:prepend := "${TIEP_DON_SRC}/images/units:"
SRC_URI += "\
    file://kiosk-app.service \
    file://kiosk-enrol.service \
    file://kiosk-first-report.service \
    file://kiosk-network.socket \
    file://kiosk-network@.service \
    file://kiosk-update.socket \
    file://kiosk-update@.service \
"

TIEP_DON_FEATURES = "linuxkms"
SYSTEMD_SERVICE:${PN} = "kiosk-app.service kiosk-enrol.service kiosk-first-report.service kiosk-network.socket \
                         kiosk-update.socket"

do_install:append() {
    for unit in kiosk-app.service kiosk-enrol.service kiosk-first-report.service kiosk-network.socket \
        kiosk-network@.service kiosk-update.socket kiosk-update@.service; do
        install -D -m 0644 ${UNPACKDIR}/$unit ${D}${systemd_system_unitdir}/$unit
    done
}

RDEPENDS:${PN} = "ca-certificates kiosk-flash kiosk-system kioskctl pcsc-lite tzdata"
RRECOMMENDS:${PN} = "alsa-utils-aplay ccid espeak-ng"
