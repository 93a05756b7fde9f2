SUMMARY = "The hospital queue service"
DESCRIPTION = "Gives out numbers, calls the next one by the hospital's rules, and tells displays; on one SQLite file or on \
               PostgreSQL."
LICENSE = "MIT | Apache-2.0"

require tiep-don.inc

inherit systemd

FILESEXTRAPATHS:prepend := "${TIEP_DON_SRC}/queue/service/systemd:"
SRC_URI += "file://queue-service.service file://queue-service.socket"

# The hospital writes /etc/queue-service/clinic.toml first.
SYSTEMD_AUTO_ENABLE = "disable"
SYSTEMD_SERVICE:${PN} = "queue-service.socket queue-service.service"

do_install:append() {
    install -D -m 0644 ${UNPACKDIR}/queue-service.service ${D}${systemd_system_unitdir}/queue-service.service
    install -D -m 0644 ${UNPACKDIR}/queue-service.socket ${D}${systemd_system_unitdir}/queue-service.socket
    install -D -m 0644 ${S}/queue/service/clinic.sample.toml ${D}${docdir}/${BPN}/clinic.sample.toml
}

RDEPENDS:${PN} = "tzdata"
RRECOMMENDS:${PN} = "queuectl"
