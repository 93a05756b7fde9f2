SUMMARY = "The disk image of a self-service kiosk"
DESCRIPTION = "Boots to the kiosk's welcome screen, from one of two slots, with a data partition that grows."

TIEP_DON_PRODUCT = "kiosk"

require tiep-don-image.inc

IMAGE_INSTALL += "\
    alsa-utils-aplay \
    ccid \
    espeak-ng \
    kiosk-app \
    kioskctl \
    pcsc-lite \
"
