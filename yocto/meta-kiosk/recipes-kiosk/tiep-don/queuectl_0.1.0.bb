SUMMARY = "The queue's command line"
DESCRIPTION = "Issues, calls and follows numbers by hand, and turns an enrolment code into a device's key."
LICENSE = "MIT | Apache-2.0"

require tiep-don.inc

TIEP_DON_PACKAGE = "queue-client"

RDEPENDS:${PN} = "ca-certificates"
