//! The layer and the kas files: what they name is there, and nothing of `images/` stands twice.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use xtask::image::architecture::Architecture;
use xtask::policy::msrv::RUST_VERSION;
use xtask::yocto::{CRATES, KAS, LAYER, crates, layer, lint};

use crate::{in_images, in_layer, root};

/// Layers whose revision is a branch, each with the reason in the file.
const WITHOUT_A_COMMIT: [&str; 1] = ["meta-rauc"];
const COMMIT_DIGITS: usize = 40;

#[test]
fn the_list_of_crates_is_what_the_lock_file_says() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    assert!(in_layer(CRATES) == crates::listed(&lock).unwrap(), "{CRATES} is old: cargo xtask yocto crates");
}

#[test]
fn every_file_a_recipe_names_is_there() {
    let recipes = layer::recipes(&root()).unwrap();
    let named: usize = recipes.iter().map(|recipe| layer::named_files(&recipe.text).len()).sum();
    assert!(named > 15, "recipes name only {named} files: the search is broken");
    assert_eq!(layer::missing_files(&root(), &recipes), Vec::<String>::new());
}

#[test]
fn every_file_a_recipe_includes_is_there() {
    for recipe in layer::recipes(&root()).unwrap() {
        for name in recipe.text.lines().filter_map(|line| line.strip_prefix("require ")) {
            assert!(recipe.path.parent().unwrap().join(name).is_file(), "{}: {name}", recipe.path.display());
        }
    }
}

#[test]
fn nothing_of_the_images_stands_a_second_time() {
    let below = |folder: &str| layer::files(&root().join(folder)).unwrap();
    let text = |path: &std::path::PathBuf| fs::read_to_string(path).unwrap_or_default();
    let theirs: BTreeSet<_> = below("images").iter().chain(&below("queue/service/systemd")).map(text).collect();
    for file in below(LAYER) {
        let unit = file.extension().is_some_and(|kind| ["service", "socket", "rules"].iter().any(|one| kind == *one));
        assert!(!unit, "{} belongs to images/units", file.display());
        assert!(!theirs.contains(&text(&file)), "{} is a copy of a file of images/", file.display());
    }
}

#[test]
fn every_unit_of_the_images_is_installed_by_a_recipe() {
    let system = in_layer("recipes-kiosk/kiosk-system/kiosk-system_0.1.0.bb");
    for file in layer::files(&root().join("images/units")).unwrap() {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let installed = match name.as_str() {
            "kiosk-app.service"
            | "kiosk-enrol.service"
            | "kiosk-first-report.service"
            | "kiosk-network@.service"
            | "kiosk-update@.service" => {
                in_layer("recipes-kiosk/tiep-don/kiosk-app_0.1.0.bb").contains(&name) && system.contains(&name)
            }
            "kiosk-network.socket" | "kiosk-update.socket" => {
                in_layer("recipes-kiosk/tiep-don/kiosk-app_0.1.0.bb").contains(&name)
            }
            "queue-display.service" | "display-enrol.service" => {
                in_layer("recipes-kiosk/tiep-don/queue-display_0.1.0.bb").contains(&name)
            }
            "60-tiep-don.rules" => system.contains(&name),
            _ => name.starts_with("kiosk-") && system.contains("units/kiosk-*.service"),
        };
        assert!(installed, "no recipe installs {name}");
    }
}

#[test]
fn a_recipe_builds_a_package_of_the_workspace_and_says_its_licence() {
    let members = xtask::policy::workspace::members().unwrap();
    for recipe in layer::recipes(&root()).unwrap() {
        if !recipe.text.contains("require tiep-don.inc") {
            continue;
        }
        let stem = recipe.path.file_stem().unwrap().to_str().unwrap().to_owned();
        let (name, version) = stem.split_once('_').unwrap();
        let value = |key: &str| {
            let line = recipe.text.lines().find_map(|line| line.strip_prefix(&format!("{key} = \"")));
            line.map(|value| value.trim_end_matches('"').to_owned())
        };
        let package = value("TIEP_DON_PACKAGE").unwrap_or(name.to_owned());
        let member = members.iter().find(|member| member.name == package);
        let folder = root().join(&member.unwrap_or_else(|| panic!("no package {package}")).folder);
        let manifest: toml::Table = fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
        let licence = manifest["package"]["license"].as_str().unwrap_or("MIT OR Apache-2.0").replace(" OR ", " | ");
        assert_eq!(value("LICENSE"), Some(licence), "{name}");
        assert_eq!(version, env!("CARGO_PKG_VERSION"), "{name}");
        for program in value("TIEP_DON_PROGRAMS").unwrap_or(name.to_owned()).split(' ') {
            let binaries = manifest["bin"].as_array().unwrap();
            assert!(binaries.iter().any(|bin| bin["name"].as_str() == Some(program)), "{name}: no program {program}");
        }
    }
}

#[test]
fn the_checksums_of_the_licences_are_those_of_the_files() {
    for recipe in layer::recipes(&root()).unwrap() {
        for line in recipe.text.lines().filter(|line| line.contains(";md5=")) {
            let (file, sum) = line.trim().split_once(";md5=").unwrap();
            let file = file.rsplit('/').next().unwrap();
            let output = Command::new("md5sum").arg(root().join(file)).output().unwrap();
            let found = String::from_utf8(output.stdout).unwrap();
            assert_eq!(found[..32], sum[..32], "{}: {file}", recipe.path.display());
        }
    }
}

#[test]
fn the_layer_is_of_the_series_whose_rust_the_workspace_keeps_to() {
    assert!(in_layer("conf/layer.conf").contains("LAYERSERIES_COMPAT_meta-kiosk = \"wrynose\""));
    let manifest: toml::Table = fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    let stated = manifest["workspace"]["package"]["rust-version"].as_str().unwrap();
    assert_eq!(stated, format!("{}.{}", RUST_VERSION.major, RUST_VERSION.minor));
}

#[test]
fn a_kas_file_names_a_machine_and_pinned_layers() {
    let files = lint::kas_files(&root()).unwrap();
    assert_eq!(files.len(), 4);
    for file in &files {
        let machine = file.file_stem().unwrap().to_str().unwrap();
        let text = fs::read_to_string(file).unwrap();
        assert!(text.contains(&format!("machine: {machine}\n")), "{}", file.display());
        in_layer(&format!("conf/machine/{machine}.conf"));
    }
    for file in layer::files(&root().join(KAS)).unwrap() {
        let text = fs::read_to_string(&file).unwrap();
        for block in text.split("    url: ").skip(1) {
            let pinned = block.lines().filter_map(|line| line.strip_prefix("    commit: "));
            let pinned: Vec<&str> = pinned.take(1).collect();
            let url = block.lines().next().unwrap();
            let exempt = WITHOUT_A_COMMIT.iter().any(|name| url.ends_with(name));
            let whole = |commit: &&str| commit.len() == COMMIT_DIGITS && commit.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(exempt || pinned.first().is_some_and(whole), "{}: {url} has no commit", file.display());
        }
    }
    let base = fs::read_to_string(root().join(KAS).join("base.yml")).unwrap();
    for target in base.lines().filter_map(|line| line.strip_prefix("  - ")) {
        let is_target = |recipe: &layer::Recipe| {
            let stem = recipe.path.file_stem().unwrap().to_str().unwrap();
            stem.split('_').next() == Some(target)
        };
        assert!(layer::recipes(&root()).unwrap().iter().any(is_target), "there is no recipe {target}");
    }
}

#[test]
fn partitions_have_the_labels_and_sizes_of_the_images() {
    let of_images = |file: &str, key: &str| {
        let text = in_images(&format!("partitions/{file}"));
        text.lines().find_map(|line| line.strip_prefix(key).map(str::to_owned)).unwrap()
    };
    for wks in ["wic/kiosk.wks.in", "wic/kiosk-rockchip.wks.in"] {
        let text = in_layer(wks);
        let on_disk: Vec<&str> =
            text.lines().filter(|line| line.starts_with("part ") && !line.contains("--no-table")).collect();
        let names = ["10-esp.conf", "20-rootfs-a.conf", "30-rootfs-b.conf", "40-data.conf"];
        assert_eq!(on_disk.len(), names.len(), "{wks}");
        for (line, file) in on_disk.iter().zip(names) {
            let label = of_images(file, "Label=");
            let size = of_images(file, "SizeMinBytes=");
            assert!(line.contains(&format!("--part-name {label} ")), "{wks}: {label} is not in {line}");
            assert!(line.ends_with(&format!("--fixed-size {size}")), "{wks}: {label} has not {size}");
        }
    }
}

#[test]
fn a_bundle_fits_the_same_machines_as_debians() {
    for product in [xtask::image::Product::Kiosk, xtask::image::Product::Display] {
        let compatible = product.compatible(Architecture::X86_64);
        let board = compatible.strip_prefix(&format!("tiep-don-{}-", product.name())).unwrap();
        for machine in ["kiosk-qemux86-64", "kiosk-genericx86-64"] {
            let text = in_layer(&format!("conf/machine/{machine}.conf"));
            assert!(text.contains(&format!("TIEP_DON_BOARD = \"{board}\"")), "{machine}");
        }
    }
    for file in ["recipes-core/bundles/tiep-don-bundle.inc", "recipes-core/images/tiep-don-image.inc"] {
        assert!(in_layer(file).contains("\"tiep-don-${TIEP_DON_PRODUCT}-${TIEP_DON_BOARD}\""), "{file}");
    }
}

/// Installed by `cargo xtask test`, which says so.
#[test]
fn oelint_and_kas_find_nothing() {
    let tools = root().join("target/tools/yocto/versions");
    assert!(tools.is_file(), "oelint-adv and kas are not there: cargo xtask yocto lint installs them");
    lint::run(&root()).unwrap();
}

#[test]
fn kas_refuses_a_file_it_does_not_understand() {
    let tools = root().join("target/tools/yocto/versions");
    assert!(tools.is_file(), "oelint-adv and kas are not there: cargo xtask yocto lint installs them");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrong.yml");
    fs::write(&file, "header:\n  version: 19\nmachines: kiosk\n").unwrap();
    assert!(lint::dump(&root(), &file).is_err());
}
