SUMMARY = "The update bundle of the waiting-room display"
DESCRIPTION = "The root file system of its image, signed with the hospital's key; RAUC writes it to the other slot."
HOMEPAGE = "https://example.org/tiep-don"
SECTION = "kiosk"
LICENSE = "MIT"

TIEP_DON_PRODUCT = "display"

require tiep-don-bundle.inc
