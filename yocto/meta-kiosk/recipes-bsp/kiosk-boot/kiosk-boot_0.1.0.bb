SUMMARY = "How a machine chooses between its two slots"
DESCRIPTION = "GRUB's configuration and first environment, or U-Boot's boot script. The choice itself is \
               images/boot/choose-slot.cfg for both: it holds only words that GRUB, U-Boot and sh share."
HOMEPAGE = "https://example.org/tiep-don"
SECTION = "bootloaders"
LICENSE = "MIT | Apache-2.0"
LIC_FILES_CHKSUM = "\
    file://${TIEP_DON_SRC}/LICENSE-APACHE;md5=3b83ef96387f14655fc854ddc3c6bd57 \
    file://${TIEP_DON_SRC}/LICENSE-MIT;md5=68777870c6e22e66672dfa93752cc750 \
"

DEPENDS = "u-boot-tools-native"

inherit deploy nopackages

FILESEXTRAPATHS:prepend := "${TIEP_DON_SRC}/images/boot:"
SRC_URI = "file://choose-slot.cfg file://grub.cfg file://before.cmd file://after.cmd"

S = "${UNPACKDIR}"

PACKAGE_ARCH = "${MACHINE_ARCH}"
COMPATIBLE_MACHINE = "^kiosk-.*$"

# What the first boot finds: slot A, and B only once something was installed there.
FIRST_ENVIRONMENT = "ORDER=A B|A_OK=1|A_TRY=0|B_OK=0|B_TRY=0"

do_configure[noexec] = "1"

do_compile() {
    # GRUB's environment block: a head line, the values, and number signs up to 1024 bytes.
    printf '# GRUB Environment Block\n' > ${B}/grubenv.head
    printf '%s\n' "${FIRST_ENVIRONMENT}" | tr '|' '\n' >> ${B}/grubenv.head
    (cat ${B}/grubenv.head; printf '%01024d' 0 | tr '0' '#') | head -c 1024 > ${B}/grubenv
    cat ${UNPACKDIR}/before.cmd ${UNPACKDIR}/choose-slot.cfg ${UNPACKDIR}/after.cmd > ${B}/boot.cmd
    mkimage -A arm64 -O linux -T script -C none -n kiosk-boot -d ${B}/boot.cmd ${B}/boot.scr
    printf 'What kiosk-flash leaves here is read and removed at the next boot.\n' > ${B}/README.TXT
}

do_install[noexec] = "1"

do_deploy() {
    install -d ${DEPLOYDIR}/kiosk-boot
    install -m 0644 ${UNPACKDIR}/grub.cfg ${UNPACKDIR}/choose-slot.cfg ${DEPLOYDIR}/kiosk-boot/
    install -m 0644 ${B}/grubenv ${B}/boot.scr ${B}/README.TXT ${DEPLOYDIR}/kiosk-boot/
}
addtask deploy after do_compile before do_build
