use std::sync::mpsc::sync_channel;

use kiosk_core::event::{Event, Technician as AtKiosk};
use kiosk_ui::ServiceTone;

use super::*;
use crate::counters::Counters;
use crate::devices::Devices;
use crate::stock::Specimens;
use crate::voice::SoundCheck;
use crate::voice::volume::{Jack, Sound};
use crate::wiring::{Desks, Tap};

const PIN: &str = "271828";

struct Bench {
    mode: ServiceMode<Box<dyn FnMut(ServicePage) -> bool>>,
    pages: Receiver<ServicePage>,
    visit: Receiver<Event>,
    tap: Tap,
    inputs: Receiver<Input>,
    dir: tempfile::TempDir,
}

fn bench() -> Bench {
    bench_with(None)
}

fn bench_with(glass: Option<fn(&std::path::Path) -> Glass>) -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let (visit, told) = sync_channel(8);
    let (printer, _tasks) = sync_channel(1);
    let tap = Tap::default();
    let devices = Devices { printer, card: None, tap: tap.clone(), specimens: Specimens::default() };
    let technician = Technician::for_test(dir.path(), &Desks::new(visit, Counters::open(dir.path())), devices);
    let (shown, pages) = sync_channel(64);
    let show: Box<dyn FnMut(ServicePage) -> bool> = Box::new(move |page| shown.send(page).is_ok());
    let (codes, inputs) = sync_channel(4);
    let glass = glass.map(|glass| glass(dir.path()));
    Bench { mode: ServiceMode::new(technician, glass, codes, show), pages, visit: told, tap, inputs, dir }
}

impl Bench {
    fn types(&mut self, pin: &str) {
        self.mode.touched(ServiceTouch::Gesture);
        pin.chars().for_each(|digit| assert!(self.mode.touched(ServiceTouch::Digit(digit))));
        self.mode.touched(ServiceTouch::Enter);
    }

    fn last_page(&self) -> ServicePage {
        self.pages.try_iter().last().unwrap()
    }
}

fn title(page: &ServicePage) -> &str {
    match page {
        ServicePage::Pin { title, .. } | ServicePage::List { title, .. } | ServicePage::Target { title, .. } => title,
        ServicePage::Closed | ServicePage::TouchGrid | ServicePage::Colours => "",
    }
}

#[test]
fn without_a_pin_nobody_gets_in() {
    let mut bench = bench();
    bench.types("000000");
    assert!(title(&bench.last_page()).contains("kioskctl pin set"));
    assert!(bench.mode.touched(ServiceTouch::Button("reboot-yes".into())));
    assert!(bench.pages.try_recv().is_err() && bench.visit.try_recv().is_err(), "no button works");
}

#[test]
fn the_pin_opens_the_mode_and_patients_are_told_until_it_closes() {
    let mut bench = bench();
    bench.mode.technician.answer(serde_json::from_str(&format!(r#"{{"ask":"set_pin","pin":"{PIN}"}}"#)).unwrap());
    bench.types("271829");
    assert_eq!(title(&bench.last_page()), "Sai mã PIN");
    PIN.chars().for_each(|digit| assert!(bench.mode.touched(ServiceTouch::Digit(digit))));
    bench.mode.touched(ServiceTouch::Enter);
    assert_eq!(title(&bench.last_page()), "Thiết bị");
    assert!(matches!(bench.visit.try_recv(), Ok(Event::Technician(AtKiosk::AtWork))));
    bench.mode.touched(ServiceTouch::Button("grid".into()));
    assert_eq!(bench.last_page(), ServicePage::TouchGrid);
    (0..IDLE_WAKES_MAX).for_each(|_| assert!(bench.mode.woke()));
    assert_eq!(bench.last_page(), ServicePage::Closed, "nobody was there any more");
    assert!(matches!(bench.visit.try_iter().last(), Some(Event::Technician(AtKiosk::Gone))));
}

fn keys(bench: &mut Bench, keys: &str) {
    for key in keys.chars() {
        let touch = if key.is_ascii_digit() { ServiceTouch::Digit(key) } else { ServiceTouch::Button(key.to_string()) };
        assert!(bench.mode.touched(touch));
    }
}

/// The kiosk's voice: a player and an engine that write down that they were asked, and play nothing.
fn voiced(mut bench: Bench) -> Bench {
    use std::os::unix::fs::PermissionsExt;
    let player = bench.dir.path().join("player");
    std::fs::write(&player, format!("#!/bin/sh\ncat > {}/wav\n", bench.dir.path().display())).unwrap();
    std::fs::set_permissions(&player, PermissionsExt::from_mode(0o755)).unwrap();
    let config = crate::config::VoiceConfig {
        output: crate::config::voice::VoiceOutput::Loudspeaker,
        volume: "80".parse().unwrap(),
        speech: "espeak-ng".into(),
        player: player.display().to_string(),
    };
    let sound = Sound::open(&config, bench.dir.path(), Jack::default());
    bench.mode.technician.give_voice(SoundCheck::new(&config, sound));
    bench
}

/// The loudest sample of a WAV file of 16 bits.
fn loudest(wav: &[u8]) -> i32 {
    let samples = wav[44..].chunks_exact(2).map(|pair| i32::from(i16::from_le_bytes([pair[0], pair[1]])).abs());
    samples.max().unwrap()
}

#[test]
fn the_volume_is_chosen_heard_and_kept() {
    let mut bench = voiced(opened(bench()));
    bench.mode.touched(ServiceTouch::Button("sound".into()));
    let page = bench.last_page();
    let ServicePage::List { lines, buttons, .. } = &page else { panic!("no page") };
    assert!(
        lines.iter().any(|line| (line.text.as_str(), line.detail.as_str()) == ("volume", "configured")),
        "{lines:?}"
    );
    assert!(buttons.iter().any(|(id, _)| *id == "volume-40"));
    let heard = |bench: &mut Bench, button: &str| {
        bench.mode.touched(ServiceTouch::Button(button.into()));
        loudest(&std::fs::read(bench.dir.path().join("wav")).unwrap())
    };
    let (full, half) = (heard(&mut bench, "volume-100"), heard(&mut bench, "volume-40"));
    assert!(full > 0 && (half - full * 2 / 5).abs() <= 1, "{full} {half}");
    assert_eq!(std::fs::read_to_string(bench.dir.path().join("sound.volume")).unwrap(), "40");
    assert_eq!(heard(&mut bench, "sound-test"), half);
    assert!(bench.mode.touched(ServiceTouch::Button("volume-much".into())), "no such button");
    heard(&mut bench, "volume-configured");
    assert_eq!(bench.mode.technician.answer(Ask::Volume)["percent_now"], 80);
}

#[test]
fn a_kiosk_without_a_voice_has_no_volume() {
    let mut bench = opened(bench());
    bench.mode.touched(ServiceTouch::Button("sound".into()));
    assert_eq!(first_line(&bench.last_page()).detail, "no_voice_configured");
}

/// The mode as it is behind the lock.
fn opened(mut bench: Bench) -> Bench {
    bench.mode.technician.answer(serde_json::from_str(&format!(r#"{{"ask":"set_pin","pin":"{PIN}"}}"#)).unwrap());
    bench.types(PIN);
    bench
}

fn first_line(page: &ServicePage) -> &ServiceLine {
    let ServicePage::List { lines, .. } = page else { panic!("no lines: {page:?}") };
    &lines[0]
}

#[test]
fn a_code_is_typed_on_the_screen_and_an_unknown_button_is_none() {
    let mut bench = opened(bench());
    bench.mode.touched(ServiceTouch::Button("enrol".into()));
    keys(&mut bench, "7KQ");
    bench.mode.touched(ServiceTouch::Erase);
    bench.mode.touched(ServiceTouch::Button("nothing".into()));
    keys(&mut bench, "1IM");
    assert_eq!(first_line(&bench.last_page()).text, "7KM_", "no key for 1 and I");
    bench.mode.touched(ServiceTouch::Enter);
    assert_eq!(first_line(&bench.last_page()).detail, "no_key_file_configured");
    bench.mode.touched(ServiceTouch::Button("enrol".into()));
    assert_eq!(first_line(&bench.last_page()).text, "_", "the next one types from the beginning");
    bench.mode.touched(ServiceTouch::Button("menu".into()));
    assert_eq!(title(&bench.last_page()), "Thiết bị");
}

#[test]
fn a_network_is_typed_sent_and_kept_only_as_the_technician_says() {
    let mut bench = opened(bench());
    let listener = std::os::unix::net::UnixListener::bind(bench.dir.path().join("network.sock")).unwrap();
    let program = std::thread::spawn(move || {
        use std::io::{BufRead, BufReader, Write};
        let mut questions = Vec::new();
        for answer in ["{\"ok\":false,\"error\":\"not_reached_put_back\"}\n", "{\"ok\":true}\n"] {
            let (mut client, _) = listener.accept().unwrap();
            let mut line = String::new();
            BufReader::new(&client).read_line(&mut line).unwrap();
            client.write_all(answer.as_bytes()).unwrap();
            questions.push(serde_json::from_str::<Value>(&line).unwrap());
        }
        questions
    });
    bench.mode.touched(ServiceTouch::Button("static-wired".into()));
    keys(&mut bench, "10.1.2.3/24");
    bench.mode.touched(ServiceTouch::Enter);
    keys(&mut bench, "10.1.2.1");
    bench.mode.touched(ServiceTouch::Enter);
    bench.mode.touched(ServiceTouch::Enter);
    let page = bench.last_page();
    let ServicePage::List { buttons, .. } = &page else { panic!("no page") };
    assert!(buttons.iter().any(|(id, _)| *id == "keep-network"), "{buttons:?}");
    bench.mode.touched(ServiceTouch::Button("keep-network".into()));
    assert_eq!(first_line(&bench.last_page()).text, "Tốt");
    let questions = program.join().unwrap();
    assert_eq!((&questions[0]["keep"], &questions[1]["keep"]), (&"when_reachable".into(), &"always".into()));
    assert_eq!((&questions[0]["address"], &questions[0]["gateway"]), (&"10.1.2.3/24".into(), &"10.1.2.1".into()));
    assert_eq!(questions[0]["name_servers"], serde_json::json!([]), "left empty");
}

#[test]
fn a_wireless_network_is_typed_in_three_layers_of_keys() {
    let mut typing = Typing::new(Form::Wifi);
    for key in ["b", "v", " ", "abc→ABC→123", "A", "abc→ABC→123", "7", "\""] {
        typing.key(key);
    }
    assert!(typing.enter().is_none());
    "long enough".chars().for_each(|letter| typing.key(letter.encode_utf8(&mut [0; 4])));
    let Some(Typed::Network(change)) = typing.enter() else { panic!("not whole") };
    let told = serde_json::to_value(change).unwrap();
    assert_eq!(told["wifi"], serde_json::json!({ "ssid": "bv A7\"", "passphrase": "long enough" }));
}

/// Keys have distinct identifiers, and none is one that the layer itself gives a meaning to.
#[test]
fn every_printable_character_has_a_key() {
    let mut typing = Typing::new(Form::Wifi);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let ServicePage::List { buttons, .. } = typing.page() else { panic!("no keys") };
        assert!(buttons.len() <= 48, "{} keys do not fit", buttons.len());
        seen.extend(buttons.iter().filter(|(id, _)| id.len() == 1).map(|(id, _)| *id));
        typing.key("abc→ABC→123");
    }
    assert_eq!(seen.len(), 95, "all of ASCII");
}

#[test]
fn a_code_before_the_lock_is_taken_from_the_visit_and_a_patients_card_opens_nothing() {
    let mut bench = bench();
    let scan = Scan::new(b"001049999901|NGUYEN VAN MAU|01011990".to_vec()).unwrap();
    assert!(!bench.tap.takes(&scan), "no lock is shown");
    bench.mode.touched(ServiceTouch::Gesture);
    assert!(bench.tap.takes(&scan) && bench.tap.takes(&scan), "as long as the lock is shown");
    let Ok(Input::Code(held_up)) = bench.inputs.try_recv() else { panic!("not led to the lock") };
    assert!(bench.mode.held_up(&held_up));
    assert_eq!(title(&bench.last_page()), "Không phải thẻ kỹ thuật");
    assert!(bench.mode.held_up(&Scan::new(b"TDS1.e30.AAAA".to_vec()).unwrap()));
    assert_eq!(title(&bench.last_page()), "Máy này không nhận thẻ kỹ thuật");
    bench.mode.touched(ServiceTouch::Close);
    assert!(!bench.tap.takes(&scan), "codes are the visit's again");
}

#[test]
fn a_calibration_nobody_proves_is_put_back_when_the_time_is_over() {
    use kiosk_screen::device::calibration::TouchMap;
    use kiosk_screen::device::geometry::Rotation;
    let mut bench = opened(bench_with(Some(|dir| Glass::new(TouchMap::default(), Rotation::Upright, dir))));
    bench.mode.touched(ServiceTouch::Button("calibrate".into()));
    for _ in 0..5 {
        let ServicePage::Target { mark, .. } = bench.last_page() else { panic!("no mark") };
        let right = Spot { x: mark.x + 100, ..mark };
        bench.mode.touched(ServiceTouch::At(right));
    }
    assert!(title(&bench.last_page()).contains("Chạm dấu này để giữ"));
    assert!(bench.mode.woke());
    assert_eq!(first_line(&bench.last_page()).text, "Không đổi");
    assert!(!bench.dir.path().join("touch.calibration").exists());
}

#[test]
fn a_screen_that_is_not_the_machines_own_is_not_calibrated() {
    let mut bench = opened(bench());
    bench.mode.touched(ServiceTouch::Button("calibrate".into()));
    assert_eq!(first_line(&bench.last_page()).text, "Không đổi");
}

#[test]
fn a_device_is_shown_with_its_fix() {
    let answer = serde_json::json!({ "ok": false, "error": "x", "devices": [
        { "device": "printer", "state": "online", "paper": "out", "fault": "paper_out", "fix": "Lắp giấy" },
    ]});
    let shown = lines(&answer);
    assert_eq!((shown[0].tone, shown[1].text.as_str()), (ServiceTone::Bad, "printer: online, paper out"));
    assert_eq!(shown[1].detail, "Lắp giấy");
}

/// What the machine's program for updates says; its tests read the same file.
const UPDATE_WORDS: &str = include_str!("../../../images/flash/tests/update_words.json");

/// The machine's program for updates: answers one question after the other with these lines, each set when it is told to.
fn updater(
    bench: &Bench,
    answers: Vec<Vec<Value>>,
) -> (std::sync::mpsc::SyncSender<()>, std::thread::JoinHandle<Vec<Value>>) {
    use std::io::{BufRead, BufReader, Write};
    let listener = std::os::unix::net::UnixListener::bind(bench.dir.path().join("update.sock")).unwrap();
    let (go_on, told) = sync_channel::<()>(8);
    let program = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for lines in answers {
            let (mut client, _) = listener.accept().unwrap();
            let mut line = String::new();
            BufReader::new(&client).read_line(&mut line).unwrap();
            asked.push(serde_json::from_str(&line).unwrap());
            for line in lines {
                told.recv().unwrap();
                client.write_all(format!("{line}\n").as_bytes()).unwrap();
            }
        }
        asked
    });
    (go_on, program)
}

fn told(page: &ServicePage) -> Vec<(String, String)> {
    let ServicePage::List { lines, .. } = page else { panic!("no lines: {page:?}") };
    lines.iter().map(|line| (line.text.clone(), line.detail.clone())).collect()
}

fn offers(page: &ServicePage, button: &str) -> bool {
    let ServicePage::List { buttons, .. } = page else { panic!("no buttons: {page:?}") };
    buttons.iter().any(|(id, _)| *id == button)
}

#[test]
fn an_update_is_found_installed_with_its_progress_and_waits_for_a_restart() {
    let mut bench = opened(bench());
    let words: Value = serde_json::from_str(UPDATE_WORDS).unwrap();
    let answers = &words["answers"];
    let conversation = vec![answers["progress"].clone(), answers["installed"].clone()];
    let (go_on, program) = updater(&bench, vec![vec![answers["looked"].clone()], conversation]);
    go_on.send(()).unwrap();
    bench.mode.touched(ServiceTouch::Button("update".into()));
    let page = bench.last_page();
    let lines = told(&page);
    assert_eq!(lines[0], ("Đang chạy: 0.1.0".into(), "khe A, đã xác nhận".into()));
    assert_eq!(lines[1].0, "foreign.raucb: Không phải của bệnh viện này (sai chữ ký)");
    assert_eq!(lines[2], ("1. kiosk-0.2.0.raucb".into(), "0.2.0 mới hơn, USB sdb1 CAP NHAT".into()));
    assert_eq!(lines[3].0, "wall.raucb: Của loại máy khác");
    assert_eq!(lines[4].0, "USB sdb2: Không đọc được USB");
    assert_eq!(lines[5], ("2. https://updates.example/kiosk.raucb".into(), "từ mạng".into()));
    assert!(offers(&page, "install-2") && !offers(&page, "install-3") && !offers(&page, "reboot"));

    assert!(bench.mode.touched(ServiceTouch::Button("install-7".into())), "no such update");
    bench.mode.touched(ServiceTouch::Button("install-1".into()));
    assert_eq!(first_line(&bench.last_page()).text, "Đang kiểm tra: 0 %");
    let wait = std::time::Duration::from_secs(60);
    let step = |bench: &mut Bench| {
        go_on.send(()).unwrap();
        assert!(matches!(bench.inputs.recv_timeout(wait), Ok(Input::Updated)));
        bench.mode.updated();
        bench.last_page()
    };
    assert_eq!(first_line(&step(&mut bench)).text, "Đang ghi: 90 %");
    assert_eq!(bench.mode.technician.answer(Ask::Reboot)["error"], "busy", "not in the middle of it");
    bench.mode.touched(ServiceTouch::Button("menu".into()));
    assert_eq!(title(&bench.last_page()), "Thiết bị", "it goes on without being looked at");
    bench.mode.touched(ServiceTouch::Button("update".into()));
    let page = step(&mut bench);
    assert_eq!(told(&page), [("Đã cài đặt 0.2.0".to_owned(), "Khởi động lại máy để dùng".to_owned())]);
    assert!(offers(&page, "reboot"));
    bench.mode.touched(ServiceTouch::Button("reboot".into()));
    assert!(offers(&bench.last_page(), "reboot-yes"), "asked once more");
    let status = bench.mode.technician.answer(Ask::Status);
    assert_eq!((&status["update"], &status["image"]), (&"restart_needed".into(), &"0.1.0".into()));
    let asked = program.join().unwrap();
    assert_eq!(asked[1], words["questions"]["install_stick"]);
}

#[test]
fn every_reason_against_an_update_is_said_with_what_to_do() {
    let words: Value = serde_json::from_str(UPDATE_WORDS).unwrap();
    let others = ["rauc", "not_understood"];
    for refusal in words["refusals"].as_array().unwrap() {
        let page = updating::progress(&serde_json::json!({ "ok": false, "error": refusal, "update": "failed" }));
        let line = &page.lines[0];
        let is_other = others.contains(&refusal.as_str().unwrap());
        assert_eq!(line.text == "Không cài đặt được", is_other, "{refusal}: {line:?}");
        assert!(!line.detail.is_empty() && line.tone == ServiceTone::Bad);
    }
}
