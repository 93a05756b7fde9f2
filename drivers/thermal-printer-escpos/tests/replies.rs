//! What printers say, whole and in pieces, and what no printer says.

use proptest::prelude::*;
use thermal_printer_escpos::reply::{BLOCK_BYTES_MAX, Dialect, NotAStatus, Reply, ReplyParser, check_any_bytes};
use thermal_printer_escpos::status::{FullStatus, star_counter};

fn read(bytes: &[u8]) -> Vec<Result<Reply, NotAStatus>> {
    let mut found = Vec::new();
    ReplyParser::new().feed(bytes, |reply| found.push(reply));
    found
}

#[test]
fn each_kind_of_reply_is_told_from_the_others() {
    assert_eq!(read(&[0x12]), [Ok(Reply::RealTime(0x12))]);
    assert_eq!(read(&[0x7E]), [Ok(Reply::RealTime(0x7E))]);
    assert_eq!(read(&[0x18, 0x00, 0x0C, 0x00]), [Ok(Reply::Automatic([0x18, 0, 0x0C, 0]))]);
    assert_eq!(read(&[0x0C]), [Ok(Reply::PaperSensor(0x0C))]);
    assert_eq!(read(&[0x37, 0x22, b'a', b'b', b'c', b'B', 0]), [Ok(Reply::ProcessId(*b"abcB"))]);
    assert_eq!(read(&[0x37, 0x25, 0x30, 0]), [Ok(Reply::BuffersCleared)]);
    assert_eq!(read(&[0x11, 0x13]), [Ok(Reply::Ready), Ok(Reply::NotReady)]);
}

#[test]
fn a_pushed_status_before_the_answer_is_no_answer() {
    let bytes = [0x14, 0x00, 0x00, 0x0F, 0x12, 0x37, 0x22, b'1', b'2', b'3', b'C', 0x00];
    let replies = [Reply::Automatic([0x14, 0, 0, 0x0F]), Reply::RealTime(0x12), Reply::ProcessId(*b"123C")];
    assert_eq!(read(&bytes), replies.map(Ok));
}

#[test]
fn flow_control_inside_a_reply_leaves_it_whole() {
    assert_eq!(read(&[0x10, 0x13, 0x00, 0x11, 0x00, 0x00]).last(), Some(&Ok(Reply::Automatic([0x10, 0, 0, 0]))));
}

#[test]
fn bytes_that_start_no_reply_are_named() {
    assert_eq!(read(&[0xFF, 0x92]), [Err(NotAStatus::Byte(0xFF)), Err(NotAStatus::Byte(0x92))]);
}

#[test]
fn an_automatic_status_broken_off_gives_way_to_the_next_reply() {
    assert_eq!(
        read(&[0x10, 0x00, 0x12]),
        [Err(NotAStatus::Automatic { byte: 0x12, place: 2 }), Ok(Reply::RealTime(0x12))]
    );
}

#[test]
fn a_process_id_of_the_wrong_length_is_no_proof() {
    assert_eq!(read(&[0x37, 0x22, b'a', 0]), [Err(NotAStatus::Block { identifier: 0x22, length: 4 })]);
    assert_eq!(read(b"\x37\x22abcde"), [Err(NotAStatus::Block { identifier: 0x22, length: 7 })]);
}

#[test]
fn a_block_without_end_is_given_up_at_its_limit() {
    let mut bytes = vec![0x37, 0x5F];
    bytes.resize(BLOCK_BYTES_MAX, b'x');
    assert_eq!(read(&bytes), [Err(NotAStatus::Block { identifier: 0x5F, length: BLOCK_BYTES_MAX })]);
}

fn read_in(dialect: Dialect, bytes: &[u8]) -> Vec<Result<Reply, NotAStatus>> {
    let mut found = Vec::new();
    ReplyParser::speaking(dialect).feed(bytes, |reply| found.push(reply));
    found
}

#[test]
fn a_printers_name_and_a_list_of_key_codes_are_blocks() {
    assert_eq!(read(b"\x5fTM-T88VI\0"), [Ok(Reply::Identity(b"TM-T88VI".to_vec()))]);
    assert_eq!(read(b"\x37\x72AB12\0"), [Ok(Reply::Block { identifier: 0x72, data: b"AB12".to_vec() })]);
}

#[test]
fn a_block_broken_off_gives_way_to_the_next_status() {
    let broken = NotAStatus::Block { identifier: 0x22, length: 3 };
    assert_eq!(read(&[0x37, 0x22, b'a', 0x12]), [Err(broken), Ok(Reply::RealTime(0x12))]);
    assert_eq!(read(&[0x37, 0x22, b'a', 0x10, 0, 0, 0]), [Err(broken), Ok(Reply::Automatic([0x10, 0, 0, 0]))]);
}

#[test]
fn a_full_status_is_told_from_an_automatic_one_by_the_dialect() {
    let bytes = [0x10, 0x0F, 0x20, 0x00, 0x40, 0x00];
    let found = read_in(Dialect::Presenter, &bytes);
    assert_eq!(found, [Ok(Reply::Full([0x20, 0, 0x40, 0]))]);
    let status = FullStatus::new([0x20, 0, 0x40, 0]);
    assert!(status.ticket_at_mouth && status.paper_jammed);
    assert_eq!(read(&bytes).first(), Some(&Ok(Reply::Automatic([0x10, 0x0F, 0x20, 0]))));
}

#[test]
fn a_star_status_carries_the_counter() {
    let bytes = [0x23, 0x06, 0, 0, 0, 0, 0, 0b0110_1110, 0];
    assert_eq!(read_in(Dialect::Star, &bytes), [Ok(Reply::Star(bytes))]);
    assert_eq!(star_counter(bytes), 31);
}

proptest! {
    #[test]
    fn any_bytes_are_read_alike_whole_and_in_pieces(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        check_any_bytes(&bytes);
    }

    #[test]
    fn pieces_give_the_same_replies_as_the_whole(bytes in proptest::collection::vec(any::<u8>(), 0..400), cut in 0usize..400) {
        let (head, tail) = bytes.split_at(cut.min(bytes.len()));
        let mut parser = ReplyParser::new();
        let mut pieces = Vec::new();
        parser.feed(head, |reply| pieces.push(reply));
        parser.feed(tail, |reply| pieces.push(reply));
        prop_assert_eq!(pieces, read(&bytes));
    }

    #[test]
    fn after_any_noise_a_reset_parser_reads_the_next_answer(noise in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut parser = ReplyParser::new();
        parser.feed(&noise, |_| {});
        parser.reset();
        let mut found = Vec::new();
        parser.feed(&[0x12], |reply| found.push(reply));
        prop_assert_eq!(found, vec![Ok(Reply::RealTime(0x12))]);
    }
}
