# U-Boot's part before the choice: RAUC counts the boots that a slot has left, the choice counts those it had.
# RAUC's names: BOOT_ORDER, BOOT_A_LEFT, BOOT_B_LEFT. A slot that RAUC declared bad has none left.
test -n "${BOOT_ORDER}" || setenv BOOT_ORDER "A B"
test -n "${BOOT_A_LEFT}" || setenv BOOT_A_LEFT 3
test -n "${BOOT_B_LEFT}" || setenv BOOT_B_LEFT 3
setenv ORDER "${BOOT_ORDER}"
setenv A_OK 1
setenv B_OK 1
setexpr A_TRY 3 - ${BOOT_A_LEFT}
setexpr B_TRY 3 - ${BOOT_B_LEFT}
setenv LAST "${BOOT_LAST}"
setenv HAVE_A 0
setenv HAVE_B 0
if test -e ${devtype} ${devnum}:2 /vmlinuz; then setenv HAVE_A 1; fi
if test -e ${devtype} ${devnum}:3 /vmlinuz; then setenv HAVE_B 1; fi
