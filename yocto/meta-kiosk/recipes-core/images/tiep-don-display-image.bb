SUMMARY = "The disk image of a waiting-room display"
DESCRIPTION = "Boots to the numbers that were called, from one of two slots, with a data partition that grows."

TIEP_DON_PRODUCT = "display"

require tiep-don-image.inc

IMAGE_INSTALL += "\
    alsa-utils-aplay \
    espeak-ng \
    queue-display \
"
