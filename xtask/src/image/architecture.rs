//! What differs between the processors there are images for.
//!
//! An image is made on a machine of its own processor: Debian's packages run programs of theirs when they are installed.

/// A processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// Mini-PCs.
    X86_64,
    /// Boards with UEFI firmware.
    Arm64,
}

/// The one of the machine that this program runs on, and of the images it makes.
pub const OWN: Architecture = if cfg!(target_arch = "aarch64") { Architecture::Arm64 } else { Architecture::X86_64 };

impl Architecture {
    /// As Debian calls it, in the names of its kernel and of its GRUB too.
    #[must_use]
    pub const fn debian(self) -> &'static str {
        match self {
            Self::X86_64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }

    /// As uname(2) and the names of our releases have it.
    #[must_use]
    pub const fn machine(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "aarch64",
        }
    }

    /// The last part of what RAUC compares.
    #[must_use]
    pub const fn board(self) -> &'static str {
        match self {
            Self::X86_64 => "x86-64",
            Self::Arm64 => "arm64",
        }
    }

    /// The form of GRUB's program: grub-mkimage(1).
    #[must_use]
    pub const fn grub(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64-efi",
            Self::Arm64 => "arm64-efi",
        }
    }

    /// The file that firmware starts from a drive it knows nothing of (UEFI 2.10, section 3.5.1.1).
    #[must_use]
    pub const fn loader(self) -> &'static str {
        match self {
            Self::X86_64 => "BOOTX64.EFI",
            Self::Arm64 => "BOOTAA64.EFI",
        }
    }

    /// As cargo calls the system of the programs.
    #[must_use]
    pub const fn target(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64-unknown-linux-gnu",
            Self::Arm64 => "aarch64-unknown-linux-gnu",
        }
    }

    /// What of the machine a build root has besides the tools: GRUB, and a virtual machine with its firmware.
    #[must_use]
    pub const fn tools(self) -> &'static [&'static str] {
        match self {
            Self::X86_64 => &["grub-efi-amd64-bin", "qemu-system-x86", "ovmf"],
            Self::Arm64 => &["grub-efi-arm64-bin", "qemu-system-arm", "qemu-efi-aarch64"],
        }
    }
}
