# What our configuration needs to find, read and start a slot.
GRUB_BUILDIN:append:tiep-don = " all_video echo efi_gop fat gzio linux loadenv part_gpt reboot regexp sleep squash4 test true xzio"
