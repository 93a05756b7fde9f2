//! What bitbake is asked for, with a stand-in for it: the layers, the machine, and that nothing is built.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use xtask::yocto::parse;

const LAYERS: [&str; 5] = [
    "openembedded-core/meta",
    "meta-openembedded/meta-oe",
    "meta-openembedded/meta-python",
    "meta-openembedded/meta-networking",
    "meta-rauc",
];

/// A folder of public layers without content, and a bitbake that writes down what it was asked.
fn public_layers(folder: &Path) {
    for layer in LAYERS {
        fs::create_dir_all(folder.join(layer).join("conf")).unwrap();
        fs::write(folder.join(layer).join("conf/layer.conf"), "").unwrap();
    }
    let bitbake = folder.join("bitbake/bin/bitbake");
    fs::create_dir_all(bitbake.parent().unwrap()).unwrap();
    fs::write(&bitbake, "#!/bin/sh\nprintf '%s\\n' \"$*\" >> asked\n").unwrap();
    fs::set_permissions(bitbake, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn the_layer_is_parsed_and_its_images_are_planned_and_not_built() {
    let (root, public) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    public_layers(public.path());
    parse::run(root.path(), public.path(), "kiosk-qemux86-64").unwrap();
    let build = root.path().join("target/yocto");
    let asked = fs::read_to_string(build.join("asked")).unwrap();
    let asked: Vec<&str> = asked.lines().collect();
    assert_eq!(asked[0], "-p");
    assert!(asked[1].starts_with("-n tiep-don-kiosk-image") && asked.len() == 2, "{asked:?}");
    let layers = fs::read_to_string(build.join("conf/bblayers.conf")).unwrap();
    assert!(layers.contains("meta-rauc ") && layers.contains("yocto/meta-kiosk\""), "{layers}");
    let local = fs::read_to_string(build.join("conf/local.conf")).unwrap();
    assert!(local.contains("kiosk-qemux86-64") && local.contains("BB_NO_NETWORK = \"1\""), "{local}");
}

#[test]
fn a_public_layer_that_is_not_there_is_named() {
    let (root, public) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    public_layers(public.path());
    fs::remove_dir_all(public.path().join("meta-rauc")).unwrap();
    let error = parse::run(root.path(), public.path(), "kiosk-qemux86-64").unwrap_err();
    assert!(error.to_string().ends_with("meta-rauc"), "{error:#}");
}
