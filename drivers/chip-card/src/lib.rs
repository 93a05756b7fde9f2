//! ICAO 9303 reader for the chip of the Vietnamese identity card over any APDU link.
