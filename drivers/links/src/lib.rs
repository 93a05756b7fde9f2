//! The only device I/O of the kiosk: serial lines and TCP printers as byte links.
