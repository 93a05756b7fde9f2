//! What a printer may say, in every dialect, whole and cut at each place by the first byte.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| thermal_printer_escpos::reply::check_any_bytes(bytes));
