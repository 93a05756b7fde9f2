//! Every printer family keeps its own promises.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::HashSet;

use thermal_printer_escpos::encode::means::{Letters, Means};
use thermal_printer_escpos::encode::nv::{Stock, finite_pictures};
use thermal_printer_escpos::encode::{Job, Proof};
use thermal_printer_escpos::profile::{Evidence, FAMILIES, Family, Wire};
use thermal_printer_escpos::ticket;

mod sample;

const SERIAL: Wire = Wire::Serial { baud: 9_600 };

#[test]
fn names_are_found_and_differ() {
    let names: HashSet<&str> = FAMILIES.iter().map(|family| family.name).collect();
    assert_eq!(names.len(), FAMILIES.len());
    for family in FAMILIES {
        assert_eq!(Family::named(family.name).unwrap().models, family.models);
        assert!(!family.source.is_empty());
    }
    assert!(Family::named("epson").is_none());
}

#[test]
fn a_fast_link_gets_nothing_but_dots() {
    for family in FAMILIES {
        let profile = (family.profile)(Wire::Fast);
        assert_eq!(profile.means(), Means::dots(profile.slow_wire.raster), "{}", family.name);
    }
}

#[test]
fn no_printer_sets_letters_on_the_word_of_a_database() {
    for family in FAMILIES.iter().filter(|family| family.name != "epson-80mm-tcvn3") {
        assert_eq!((family.profile)(SERIAL).means().letters, Letters::Dots, "{}", family.name);
    }
    let contradicted = FAMILIES.iter().flat_map(|family| family.pages);
    assert!(contradicted.filter(|pages| pages.evidence == Evidence::Conflict).count() >= 2);
}

#[test]
fn every_family_encodes_the_sample_on_both_links_without_a_stray_command() {
    for family in FAMILIES {
        for wire in [SERIAL, Wire::Fast] {
            let profile = (family.profile)(wire);
            let sheet = ticket::compose(&sample::face(), &profile.layout(None)).unwrap();
            let stock = Stock::of(&finite_pictures(&sheet).collect::<Vec<_>>());
            let job = Job::encode(&sheet, &profile.means(), &stock, &[], profile.automatic_status, Proof::PaperSensor);
            let real_time = |pair: &[u8]| matches!(pair, [0x10, 0x04 | 0x05 | 0x14]);
            assert!(!job.bytes().windows(2).any(real_time), "{}", family.name);
            assert!(job.len() <= 29_000, "{}: {job:?}", family.name);
        }
    }
}
