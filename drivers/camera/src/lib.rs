//! QR codes from camera frames over any frame source.
