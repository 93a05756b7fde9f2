//! What must hold for any bytes, for the fuzz targets and for the test that replays their corpus.
//!
//! An input is one byte that chooses the decoder, one that chooses how the stream is cut, and the stream.

use kiosk_hal::uptime::Uptime;
use qr_scanner::decoder::{Decoder, Pauses};
use qr_scanner::framing::Framer;
use qr_scanner::hid_pos::{HidPos, Layout};
use qr_scanner::keyboard::Keyboard;
use qr_scanner::record::Framed;
use qr_scanner::ssi::Ssi;

/// Longer than anything a decoder waits for.
const LONG_SILENCE: Uptime = Uptime::from_millis(60_000);

/// Streams without packets: engines with a suffix, and keyboards.
pub fn lines(data: &[u8]) {
    let [choice, cut, stream @ ..] = data else { return };
    match choice % 2 {
        0 => holds(stream, *cut, || Box::new(Framer::new())),
        _ => holds(stream, *cut, || Box::new(Keyboard::new(Pauses::USUAL))),
    }
}

/// Streams of packets and reports: SSI, and HID-POS with its descriptor (a length, the descriptor, the reports).
pub fn packets(data: &[u8]) {
    let [choice, cut, stream @ ..] = data else { return };
    if choice % 2 == 0 {
        return holds(stream, *cut, || Box::new(Ssi::new(Pauses::USUAL)));
    }
    let [length, rest @ ..] = stream else { return };
    let (descriptor, reports) = rest.split_at(usize::from(*length).min(rest.len()));
    if let Ok(layout) = Layout::parse(descriptor) {
        holds(reports, *cut, || Box::new(HidPos::new(layout.clone(), Pauses::USUAL)));
    }
}

/// However the stream is cut, the results are the same and bounded, and after a silence nothing waits.
fn holds(stream: &[u8], cut: u8, decoder: impl Fn() -> Box<dyn Decoder>) {
    let whole = decoded(decoder(), [stream].into_iter());
    let pieces = decoded(decoder(), stream.chunks(usize::from(cut).max(1)));
    assert!(whole == pieces, "the results depend on how the stream was cut");
    let (records, answers) = whole;
    assert!(records.len() <= stream.len() && answers.len() <= stream.len() + 1, "more results than bytes");
}

fn decoded<'a>(mut decoder: Box<dyn Decoder>, pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Framed>, Vec<Vec<u8>>) {
    for piece in pieces {
        decoder.push(piece, Uptime::ZERO);
    }
    for _ in 0..4 {
        if let Some(wake) = decoder.wake() {
            decoder.poll(wake);
        }
    }
    decoder.poll(LONG_SILENCE);
    assert!(decoder.wake().is_none(), "something waits for ever");
    let records = std::iter::from_fn(|| decoder.next()).collect();
    let answers = std::iter::from_fn(|| decoder.answer()).collect();
    (records, answers)
}
