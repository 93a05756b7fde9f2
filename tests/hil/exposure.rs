//! Whether what `images/README.md` says of the ways into a machine is so, looked at inside of a running one.

use anyhow::{Result, ensure};

use crate::inside::Shell;
use crate::say;

/// `/proc/net/tcp`: a socket that takes connections.
const LISTENS: &str = "0A";
/// `/proc/net/udp`: a socket that is bound and not connected.
const BOUND: &str = "07";
/// The machine's own DHCP client, over IPv4 and IPv6.
const DHCP_PORTS: [u16; 2] = [68, 546];

/// Commands that must succeed, and what each shows.
const CLOSED: [(&str, &str); 13] = [
    ("the firewall drops what comes in", "nft list chain inet closed input | grep -q 'policy drop'"),
    ("nothing is passed on", "nft list chain inet closed forward | grep -q 'policy drop'"),
    ("nobody can log in", "! cat /proc/[0-9]*/comm 2>/dev/null | grep -qx -e agetty -e login -e sshd"),
    (
        "no program of a login is there for a key to start",
        "[ \"$(systemctl is-enabled getty@tty1.service)\" = masked ]",
    ),
    ("no magic keys", "[ \"$(cat /proc/sys/kernel/sysrq)\" = 0 ]"),
    ("no memory of a program is written to the disk", "grep -q '^|/bin/false' /proc/sys/kernel/core_pattern"),
    (
        "the root file system cannot be written",
        "! touch /usr/hil-probe 2>/dev/null && ! touch /etc/hil-probe 2>/dev/null",
    ),
    ("no user has a shell", "! cut -d: -f7 /etc/passwd | grep -qv '/nologin$'"),
    ("no user has a password", "! cut -d: -f2 /etc/shadow | grep -qv '^[!*]'"),
    ("no program takes another user's rights", "[ -z \"$(find / /var -xdev -type f -perm /6000)\" ]"),
    (
        "everybody can write to folders for temporary files only",
        "[ -z \"$(find / /var -xdev ! -type l -perm -0002 ! \\( -type d -perm -1000 \\) ! -type c)\" ]",
    ),
    (
        "every program of ours is rated OK or better",
        "systemd-analyze security --no-pager --threshold=49 $(cd /usr/lib/systemd/system && ls kiosk-*.service | sed s/@/@hil/)",
    ),
    ("the key is the kiosk's alone", "[ \"$(stat -c '%a %U' /var/lib/kiosk/queue.key)\" = '600 kiosk' ]"),
];

/// Looks at a kiosk that is up.
///
/// # Errors
/// Something is open that the list calls closed.
pub fn closed(shell: &mut Shell) -> Result<()> {
    for (what, command) in CLOSED {
        let (said, status) = shell.try_run(command)?;
        ensure!(status == 0, "{what}: not so: {said}");
    }
    for (table, state) in [("tcp", LISTENS), ("tcp6", LISTENS), ("udp", BOUND), ("udp6", BOUND)] {
        let sockets = shell.run(&format!("cat /proc/net/{table}"))?;
        let open: Vec<&str> = sockets.lines().filter(|line| is_open(line, state)).collect();
        ensure!(open.is_empty(), "something listens on the network, in /proc/net/{table}: {open:?}");
    }
    let left = shell.run("ls /var/lib/tiep-don /efi/tiep-don")?;
    ensure!(!left.contains("enrolment-code") && !left.contains("provisioning.toml"), "a secret was left: {left}");
    say("    nothing listens, nobody can log in, nothing of the system can be written");
    Ok(())
}

/// Whether a line of `/proc/net/…` is a socket in `state` that others on the network reach.
fn is_open(line: &str, state: &str) -> bool {
    let mut words = line.split_whitespace().skip(1);
    let Some((address, port)) = words.next().and_then(|local| local.split_once(':')) else { return false };
    let Ok(port) = u16::from_str_radix(port, 16) else { return false };
    // 127.0.0.0/8 and ::1, as the kernel writes them on a little-endian machine.
    let is_loopback = (address.len() == 8 && address.ends_with("7F")) || address == "00000000000000000000000001000000";
    words.nth(1) == Some(state) && !is_loopback && !DHCP_PORTS.contains(&port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sockets_that_others_reach_are_open() {
        let lines = [
            ("  sl  local_address rem_address   st tx_queue rx_queue", false),
            ("   0: 3500007F:0035 00000000:0000 0A 00000000:00000000", false),
            ("   1: 00000000:0016 00000000:0000 0A 00000000:00000000", true),
            ("   2: 0F02000A:A1B2 0202000A:1B9E 01 00000000:00000000", false),
        ];
        for (line, expected) in lines {
            assert_eq!(is_open(line, LISTENS), expected, "{line}");
        }
        assert!(!is_open(" 4: 0F02000A:0044 00000000:0000 07 00000000:00000000", BOUND), "the DHCP client");
        assert!(is_open(" 5: 00000000:14EB 00000000:0000 07 00000000:00000000", BOUND), "LLMNR");
        assert!(!is_open("  0: 00000000000000000000000001000000:0277 0:0000 0A", LISTENS));
    }
}
