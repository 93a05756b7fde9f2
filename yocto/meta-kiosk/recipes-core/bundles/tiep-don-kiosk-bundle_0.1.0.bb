SUMMARY = "The update bundle of the kiosk"
DESCRIPTION = "The root file system of its image, signed with the hospital's key; RAUC writes it to the other slot."
HOMEPAGE = "https://example.org/tiep-don"
SECTION = "kiosk"
LICENSE = "MIT"

TIEP_DON_PRODUCT = "kiosk"

require tiep-don-bundle.inc
