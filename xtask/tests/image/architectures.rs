//! The processors that images are made for: what is theirs is in one place, and the definitions are everybody's.

use std::fs;
use std::path::Path;

use xtask::image::Product;
use xtask::image::architecture::Architecture::{Arm64, X86_64};

use crate::definition;

/// Words that only one of the processors has.
const OF_ONE: [&str; 6] = ["amd64", "arm64", "x86", "aarch64", "bootx64", "bootaa64"];
/// Folders of definitions.
const DEFINITIONS: [&str; 8] = ["boot", "display", "installer", "kiosk", "partitions", "rootfs", "units", "update"];

#[test]
fn no_definition_is_of_one_processor() {
    for folder in DEFINITIONS {
        each_file(&definition(folder), &|path, text| {
            let text = text.to_lowercase();
            for word in OF_ONE {
                assert!(!text.contains(word), "{} names {word}", path.display());
            }
        });
    }
}

fn each_file(folder: &Path, look: &dyn Fn(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { each_file(&path, look) } else { look(&path, &fs::read_to_string(&path).unwrap()) }
    }
}

#[test]
fn a_bundle_for_one_processor_fits_no_machine_of_the_other() {
    for product in [Product::Kiosk, Product::Display] {
        assert_ne!(product.compatible(X86_64), product.compatible(Arm64));
    }
}

/// Debian's names: the packages of its kernel and of its GRUB, and what grub-mkimage calls the same.
#[test]
fn kernel_and_boot_loader_are_of_the_same_processor() {
    for (architecture, debian, grub, loader) in
        [(X86_64, "amd64", "x86_64-efi", "BOOTX64.EFI"), (Arm64, "arm64", "arm64-efi", "BOOTAA64.EFI")]
    {
        assert_eq!((architecture.debian(), architecture.grub(), architecture.loader()), (debian, grub, loader));
        assert!(architecture.tools().contains(&format!("grub-efi-{debian}-bin").as_str()));
    }
}
