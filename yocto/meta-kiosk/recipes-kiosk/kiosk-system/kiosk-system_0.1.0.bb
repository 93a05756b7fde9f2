SUMMARY = "Units, device groups, network, firewall, log and partitions of a machine"
DESCRIPTION = "The files of images/, which the Debian images are made of as well. Nothing of them is copied into this layer."
HOMEPAGE = "https://example.org/tiep-don"
SECTION = "kiosk"
LICENSE = "MIT | Apache-2.0"
LIC_FILES_CHKSUM = "\
    file://${TIEP_DON_SRC}/LICENSE-APACHE;md5=3b83ef96387f14655fc854ddc3c6bd57 \
    file://${TIEP_DON_SRC}/LICENSE-MIT;md5=68777870c6e22e66672dfa93752cc750 \
"

inherit allarch systemd

FILESEXTRAPATHS:prepend := "${TIEP_DON_SRC}/images:"
SRC_URI = "file://partitions file://rootfs file://units"

S = "${UNPACKDIR}"

INHIBIT_DEFAULT_DEPS = "1"
do_configure[noexec] = "1"
do_compile[noexec] = "1"

SYSTEMD_SERVICE:${PN} = "kiosk-provision.service kiosk-unprovisioned.service"

do_install() {
    # The initial RAM disk of Debian is made by other tools, and the programs bring their own units.
    cp -R --no-preserve=ownership ${UNPACKDIR}/rootfs/. ${D}/
    rm -rf ${D}${sysconfdir}/initramfs-tools ${D}${sysconfdir}/fstab
    install -D -m 0644 ${UNPACKDIR}/rootfs/etc/fstab ${D}${datadir}/tiep-don/fstab
    for unit in ${UNPACKDIR}/units/kiosk-*.service; do
        install -D -m 0644 "$unit" ${D}${systemd_system_unitdir}/$(basename "$unit")
    done
    for of_the_program in kiosk-app.service kiosk-enrol.service kiosk-first-report.service kiosk-network@.service \
        kiosk-update@.service; do
        rm ${D}${systemd_system_unitdir}/$of_the_program
    done
    install -D -m 0644 ${UNPACKDIR}/units/60-tiep-don.rules ${D}${nonarch_base_libdir}/udev/rules.d/60-tiep-don.rules
    for partition in ${UNPACKDIR}/partitions/*.conf; do
        install -D -m 0644 "$partition" ${D}${nonarch_libdir}/repart.d/$(basename "$partition")
    done
    install -d ${D}/efi
}

FILES:${PN} += "/efi ${datadir}/tiep-don ${nonarch_libdir} ${nonarch_base_libdir} ${systemd_system_unitdir}"

RDEPENDS:${PN} = "iwd nftables polkit"
