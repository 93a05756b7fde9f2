#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    chip_card::fuzzing::data_groups(bytes);
});
