# images/update/system.conf is the one source: on boards with U-Boot only the boot loader's name differs.
FILESEXTRAPATHS:prepend:tiep-don := "${TIEP_DON_SRC}/images/update:"

# The certificate whose bundles a machine takes. It is the hospital's, and in no checkout.
RAUC_KEYRING_FILE:tiep-don = "update.cert.pem"
RAUC_KEYRING_URI:tiep-don = "file://${TIEP_DON_KEYS}/${RAUC_KEYRING_FILE}"

PACKAGE_ARCH:tiep-don = "${MACHINE_ARCH}"

do_install:append:tiep-don() {
    mv ${D}${sysconfdir}/rauc/${RAUC_KEYRING_FILE} ${D}${sysconfdir}/rauc/keyring.pem
    if [ "${TIEP_DON_BOOT_LOADER}" = "uboot" ]; then
        sed -i -e 's/^bootloader=.*/bootloader=uboot/' -e '/^grubenv=/d' ${D}${sysconfdir}/rauc/system.conf
    fi
}
