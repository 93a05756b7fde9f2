//! Slint screens and words of the kiosk: a view in, a patient's touch out.
