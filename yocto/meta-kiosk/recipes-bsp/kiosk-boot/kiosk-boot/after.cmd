# U-Boot's part after the choice: the count is kept before the slot is started.
setexpr BOOT_A_LEFT 3 - ${A_TRY}
setexpr BOOT_B_LEFT 3 - ${B_TRY}
setenv BOOT_LAST "${LAST}"
saveenv
if test "${SLOT}" = B; then
    setenv slot_part 3
    setenv slot_label rootfs-b
else
    setenv slot_part 2
    setenv slot_label rootfs-a
    setenv SLOT A
fi
setenv bootargs "root=PARTLABEL=${slot_label} rootfstype=squashfs ro rauc.slot=${SLOT} panic=5 quiet loglevel=3 vt.global_cursor_default=0 systemd.show_status=false"
load ${devtype} ${devnum}:${slot_part} ${kernel_addr_r} /vmlinuz
load ${devtype} ${devnum}:${slot_part} ${ramdisk_addr_r} /initrd.img
booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdtcontroladdr}
# Only when nothing could be started: wait, so that a technician can read why, and try again.
sleep 20
reset
