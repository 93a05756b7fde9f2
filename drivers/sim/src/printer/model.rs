//! What kind of printer it is: the facts of a maker's data sheet.

use super::page::PageStart;

/// What the host sees of a printer without power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PowerLoss {
    /// Nothing: a serial line stays open, bytes vanish, no answer comes.
    Silent,
    /// The device disappears, as USB and TCP printers do.
    Gone,
}

/// The facts of one model. All models are 80 mm, 576 dots, 203 dpi (8 dots per mm).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrinterModel {
    /// Line rate of a serial printer (8N1); `None` = as fast as the host (USB, Ethernet).
    pub baud: Option<u32>,
    /// Paper speed in mm per second.
    pub paper_mm_per_s: u32,
    /// Receive buffer in bytes; when it is full the host is held.
    pub receive_buffer_bytes: usize,
    /// Whether it knows `GS ( H` function 48.
    pub process_id_response: bool,
    /// Whether it counts `ETB` in a status of its own (`ESC ACK SOH`), as Star printers do.
    pub etb_counter: bool,
    /// Whether a presenter holds tickets at a mouth (`GS e`, `DLE EOT 20`).
    pub presenter: bool,
    /// Whether it knows `DLE DC4` function 8; clones do not.
    pub clears_in_real_time: bool,
    /// Whether it holds the host by XON and XOFF instead of by a wire. Bytes that come all the same when the buffer is
    /// full are lost.
    pub xon_xoff: bool,
    /// Whether it has a sensor for the near end; without it the near-end bits are always 0.
    pub near_end_sensor: bool,
    /// Paper left at which the near-end sensor trips, in mm.
    pub near_end_mm: u32,
    /// Paper on a full roll, in mm.
    pub roll_mm: u32,
    /// From the print head to the cutter, in mm.
    pub cutter_gap_mm: u32,
    /// Time of one cut, in ms.
    pub cut_ms: u32,
    /// Whether it draws QR symbols itself (`GS ( k`); cheap clones do not.
    pub native_qr: bool,
    /// Whether it reads bytes from 0x80 as double-byte characters until `FS .`, as Chinese models do after `ESC @`.
    pub double_byte_text: bool,
    /// Whether it keeps pictures by key code (`GS ( L` functions 64 to 69).
    pub nv_graphics: bool,
    /// Numbers of its TCVN-3 pages for `ESC t`, small letters and capitals; `None` = it has none.
    pub tcvn_pages: Option<(u8, u8)>,
    /// What the host sees when the power goes.
    pub power_loss: PowerLoss,
}

impl PrinterModel {
    /// A printer on USB or Ethernet: 200 mm/s, 64 KiB of buffer, answers to process ids.
    #[must_use]
    pub const fn usb() -> Self {
        Self {
            baud: None,
            paper_mm_per_s: 200,
            receive_buffer_bytes: 65_536,
            process_id_response: true,
            etb_counter: false,
            presenter: false,
            clears_in_real_time: true,
            xon_xoff: false,
            near_end_sensor: true,
            near_end_mm: 3_000,
            roll_mm: 80_000,
            cutter_gap_mm: 12,
            cut_ms: 300,
            native_qr: true,
            double_byte_text: false,
            nv_graphics: true,
            tcvn_pages: Some((30, 31)),
            power_loss: PowerLoss::Gone,
        }
    }

    /// A printer on a serial line at `baud`, with 4 KiB of buffer and hardware flow control.
    #[must_use]
    pub const fn serial(baud: u32) -> Self {
        Self { baud: Some(baud), receive_buffer_bytes: 4_096, power_loss: PowerLoss::Silent, ..Self::usb() }
    }

    /// A kiosk printer on USB with a presenter: no process ids.
    #[must_use]
    pub const fn presenter_usb() -> Self {
        Self { process_id_response: false, presenter: true, ..Self::usb() }
    }

    /// A printer on USB that counts `ETB`, as Star printers do.
    #[must_use]
    pub const fn etb_counter_usb() -> Self {
        Self { process_id_response: false, etb_counter: true, ..Self::usb() }
    }

    /// A cheap clone on USB: no process ids, no near-end sensor, double-byte text after `ESC @`, no Vietnamese letters,
    /// no pictures kept.
    #[must_use]
    pub const fn clone_usb() -> Self {
        Self {
            process_id_response: false,
            near_end_sensor: false,
            double_byte_text: true,
            nv_graphics: false,
            tcvn_pages: None,
            ..Self::usb()
        }
    }

    pub(super) const fn page_start(&self) -> PageStart {
        PageStart { double_byte: self.double_byte_text, tcvn_pages: self.tcvn_pages }
    }
}

impl Default for PrinterModel {
    fn default() -> Self {
        Self::usb()
    }
}
