SUMMARY = "Writes a release to a drive, and gives a machine its name at the first boot"
DESCRIPTION = "kiosk-flash is for the technician's computer, in a package of its own. kiosk-provision is part of every \
               machine and applies what kiosk-flash left for it; kiosk-network changes a kiosk's network in place, \
               kiosk-update has updates installed there."
LICENSE = "MIT | Apache-2.0"

require tiep-don.inc

TIEP_DON_PROGRAMS = "kiosk-flash kiosk-network kiosk-provision kiosk-update"

PACKAGES =+ "${PN}-writer"
FILES:${PN}-writer += "${bindir}/kiosk-flash"
