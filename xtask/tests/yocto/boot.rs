//! The boot of boards with U-Boot: its script around the shared choice, run by sh, beside GRUB's first environment.

use std::process::Command;

use crate::{in_images, in_layer};

/// U-Boot's commands, as far as the script uses them, for sh.
const COMMANDS: &str = r#"
setenv() { name=$1; shift; eval "$name=\"\$*\""; }
setexpr() { eval "$1=$(($2 $3 $4))"; }
test() { if [ "$1" = -e ]; then case "$HAVE" in *"${3#*:}"*) return 0;; *) return 1;; esac; else command test "$@"; fi; }
saveenv() { echo "saved $BOOT_A_LEFT $BOOT_B_LEFT $BOOT_LAST"; }
load() { echo "load $1 $4"; }
booti() { echo "boot $bootargs"; exit 0; }
sleep() { :; }
reset() { echo reset; }
devtype=mmc devnum=0
"#;

/// What the script does with a stored environment, where the partitions in `have` hold a kernel.
fn boot(environment: &str, have: &str) -> String {
    let folder = "recipes-bsp/kiosk-boot/kiosk-boot";
    let script = format!(
        "{COMMANDS}\nHAVE='{have}'\n{environment}\n{}{}{}",
        in_layer(&format!("{folder}/before.cmd")),
        in_images("boot/choose-slot.cfg"),
        in_layer(&format!("{folder}/after.cmd"))
    );
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_board_without_an_environment_boots_slot_a_and_counts_it() {
    let said = boot("", "2");
    assert!(said.contains("saved 2 3 A\nload mmc"), "counted before it starts: {said}");
    assert!(said.contains("boot root=PARTLABEL=rootfs-a rootfstype=squashfs ro rauc.slot=A"), "{said}");
}

#[test]
fn an_update_that_is_never_confirmed_leaves_the_old_slot() {
    let said = boot("BOOT_ORDER='B A' BOOT_A_LEFT=3 BOOT_B_LEFT=1 BOOT_LAST=B", "2 3");
    assert!(said.contains("saved 3 0 B") && said.contains("rauc.slot=B"), "{said}");
    let said = boot("BOOT_ORDER='B A' BOOT_A_LEFT=3 BOOT_B_LEFT=0 BOOT_LAST=B", "2 3");
    assert!(said.contains("saved 2 0 A") && said.contains("rauc.slot=A"), "{said}");
}

#[test]
fn a_slot_without_a_kernel_is_passed_over() {
    let said = boot("BOOT_ORDER='B A' BOOT_A_LEFT=3 BOOT_B_LEFT=3", "2");
    assert!(said.contains("rauc.slot=A"), "{said}");
}

#[test]
fn the_kernels_arguments_are_those_of_grub() {
    let after = in_layer("recipes-bsp/kiosk-boot/kiosk-boot/after.cmd");
    let ours = after.lines().find_map(|line| line.strip_prefix("setenv bootargs \"")).unwrap().trim_end_matches('"');
    let grub = in_images("boot/grub.cfg");
    let theirs = grub.lines().find_map(|line| line.strip_prefix("linux \"($part)/vmlinuz\" ")).unwrap();
    assert_eq!(ours.replace("${slot_label}", "$label").replace("${SLOT}", "$SLOT"), theirs);
}

#[test]
fn the_first_environment_is_that_of_the_images() {
    let recipe = in_layer("recipes-bsp/kiosk-boot/kiosk-boot_0.1.0.bb");
    let line = recipe.lines().find_map(|line| line.strip_prefix("FIRST_ENVIRONMENT = \"")).unwrap();
    let ours: Vec<&str> = line.trim_end_matches('"').split('|').collect();
    assert_eq!(ours, xtask::image::disk::FIRST_ENVIRONMENT);
}
