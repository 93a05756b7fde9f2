SUMMARY = "The technician's command line at a kiosk"
DESCRIPTION = "Tries each device by hand, shows states and counters of the running kiosk, and prints answers as JSON."
LICENSE = "MIT | Apache-2.0"

require tiep-don.inc

DEPENDS += "pcsc-lite udev"

inherit pkgconfig

RDEPENDS:${PN} = "pcsc-lite"
