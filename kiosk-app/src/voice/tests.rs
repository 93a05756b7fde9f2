use std::fs;
use std::path::Path;
use std::time::Instant;

use kiosk_core::look::Look;
use kiosk_core::view::{NumberStanding, PaperAdvice, Purpose};

use super::*;
use crate::config::voice::VoiceOutput;
use crate::counters::Counters;
use crate::pulse::Pulses;

/// For a busy machine; nothing here is a measure of speed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A kiosk's voice with the real espeak-ng; `heard` has a line for each sound that was played to its end.
struct Bench {
    voice: Voice,
    states: States,
    dir: tempfile::TempDir,
}

/// An engine that writes each text down before the real one says it.
fn engine(dir: &Path) -> String {
    let program = dir.join("engine");
    let log = dir.join("texts");
    let script = format!(
        "#!/bin/sh\ntext=$(cat)\nprintf '%s %s\\n' \"$2\" \"$text\" >> {}\nprintf '%s' \"$text\" | exec espeak-ng \"$@\"\n",
        log.display()
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    program.display().to_string()
}

fn bench(output: VoiceOutput, player: &str, speech: Option<&str>) -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("player");
    fs::write(&program, format!("#!/bin/sh\n{player}\n")).unwrap();
    fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let config = VoiceConfig {
        output,
        volume: "80".parse().unwrap(),
        speech: speech.map_or_else(|| engine(dir.path()), str::to_owned),
        player: format!("{} {}", program.display(), dir.path().display()),
    };
    let states = States::new(Counters::open(dir.path()));
    let sound = Sound::open(&config, dir.path(), volume::Jack::default());
    let (voice, speaker) = Voice::new(&config, sound, states.clone());
    let pulse = Pulses::default().of("voice", Duration::from_secs(600));
    std::thread::spawn(move || speaker.work(&pulse));
    Bench { voice, states, dir }
}

impl Bench {
    fn texts(&self) -> Vec<String> {
        let text = fs::read_to_string(self.dir.path().join("texts")).unwrap_or_default();
        text.lines().filter(|line| *line != "vi a").map(str::to_owned).collect()
    }

    fn played(&self) -> usize {
        fs::read_to_string(self.dir.path().join("played")).unwrap_or_default().lines().count()
    }

    fn is_there(&self, name: &str) -> bool {
        self.dir.path().join(name).exists()
    }

    fn state(&self) -> Option<Option<Fault>> {
        self.states.all().get(&Device::Voice).map(|state| state.fault)
    }
}

fn wait(what: &str, until: impl Fn() -> bool) {
    let begun = Instant::now();
    while !until() {
        assert!(begun.elapsed() < PATIENCE, "{what}: not within {} s", PATIENCE.as_secs());
        std::thread::sleep(Duration::from_millis(20));
    }
}

const TO_END: &str = "cat > /dev/null; echo x >> $1/played";
/// The first sound, which is silence, ends; each other one lasts for ever.
const ENDLESS: &str = "cat > /dev/null; [ -e $1/tried ] && { touch $1/endless; exec sleep 600; }; touch $1/tried";

fn asks(language: Language, guidance: Guidance) -> Look {
    Look { language, guidance, ..Look::default() }
}

fn card(look: Look) -> Screen {
    Screen { look, ..Screen::plain("BV", View::PresentCard { purpose: Purpose::TakeNumber }) }
}

fn number(guidance: Guidance) -> Screen {
    let view = View::Number {
        number: "A-042".parse().unwrap(),
        service: "Nội".into(),
        place: "P1".into(),
        ahead: 2,
        paper: PaperAdvice::Take,
        standing: NumberStanding::New,
        marks: Vec::new(),
    };
    Screen { look: asks(Language::English, guidance), ..Screen::plain("BV", view) }
}

#[test]
fn a_screen_is_read_out_in_the_patients_language_only_when_they_ask() {
    let bench = bench(VoiceOutput::Loudspeaker, TO_END, None);
    bench.voice.screen(&card(asks(Language::Vietnamese, Guidance::Silent)));
    for (language, name) in [(Language::Vietnamese, "vi "), (Language::English, "en "), (Language::Chinese, "cmn ")] {
        bench.voice.screen(&card(asks(language, Guidance::Spoken)));
        wait(name, || bench.texts().iter().any(|text| text.starts_with(name)));
    }
    assert!(bench.texts()[0].starts_with("vi "), "{:?}", bench.texts());
    wait("sound", || bench.played() > 3);
    assert_eq!(bench.state(), Some(None));
}

#[test]
fn another_screen_stops_the_sentence_of_the_one_before() {
    let bench = bench(VoiceOutput::Loudspeaker, ENDLESS, None);
    bench.voice.screen(&card(asks(Language::Vietnamese, Guidance::Spoken)));
    wait("the first sentence", || bench.is_there("endless"));
    fs::remove_file(bench.dir.path().join("endless")).unwrap();
    bench.voice.screen(&number(Guidance::Spoken));
    wait("the second screen", || bench.texts().iter().any(|text| text.starts_with("en ")));
    wait("its sound", || bench.is_there("endless"));
    assert_eq!(bench.state(), Some(None), "what nobody wants any more is no fault");
}

#[test]
fn the_number_is_said_over_a_loudspeaker_only_to_who_turns_the_voice_on_in_front_of_it() {
    let bench = bench(VoiceOutput::Loudspeaker, TO_END, None);
    bench.voice.screen(&card(asks(Language::English, Guidance::Spoken)));
    bench.voice.screen(&number(Guidance::Spoken));
    wait("the screen", || bench.texts().iter().any(|text| text.contains("press Speak twice")));
    wait("the end", || bench.texts().iter().any(|text| text.contains("P1")));
    assert!(!bench.texts().iter().any(|text| text.contains("0, 4, 2")), "{:?}", bench.texts());
    bench.voice.screen(&number(Guidance::Silent));
    bench.voice.screen(&number(Guidance::Spoken));
    wait("the number", || bench.texts().iter().any(|text| text.contains("A, 0, 4, 2")));
}

/// Keeps each sound under what is said in it.
const KEPT: &str = r#"cat > $1/new; mv $1/new "$1/$(tail -n 1 $1/texts).wav""#;

#[test]
fn a_louder_voice_says_how_loud_it_is_at_that_loudness() {
    let bench = bench(VoiceOutput::Headphones, KEPT, None);
    let loudest_sample = |loudness, words: &str| {
        bench.voice.screen(&card(Look { loudness, ..asks(Language::English, Guidance::Spoken) }));
        let sound = bench.dir.path().join(format!("{words}.wav"));
        wait(words, || sound.exists());
        let wav = fs::read(sound).unwrap();
        wav[44..].chunks_exact(2).map(|pair| i32::from(i16::from_le_bytes([pair[0], pair[1]])).abs()).max().unwrap()
    };
    bench.voice.screen(&card(asks(Language::English, Guidance::Spoken)));
    let loud = loudest_sample(Loudness::Loudest, "en Volume 5, the loudest.");
    let quiet = loudest_sample(Loudness::Quietest, "en Volume 1, the quietest.");
    // 80 percent are usual here: 100 and 40 of what the engine gives for two sentences that hardly differ.
    assert!(loud > quiet * 3 / 2 && quiet > 0, "{loud} {quiet}");
    let asked = bench.texts().len();
    bench.voice.screen(&card(asks(Language::English, Guidance::Silent)));
    assert_eq!(bench.texts().len(), asked, "a voice that is off says nothing of its loudness");
}

#[test]
fn the_keys_tell_what_they_have_reached() {
    let bench = bench(VoiceOutput::Headphones, TO_END, None);
    bench.voice.screen(&Screen::plain("BV", View::Welcome { notices: Vec::new() }));
    bench.voice.focus("Đọc to");
    wait("the button for the voice", || bench.texts() == ["vi Đọc to"]);
    bench.voice.screen(&card(asks(Language::Vietnamese, Guidance::Silent)));
    bench.voice.focus("Quay lại");
    bench.voice.screen(&number(Guidance::Spoken));
    wait("the number", || bench.texts().iter().any(|text| text.contains("A, 0, 4, 2")));
    assert!(!bench.texts().iter().any(|text| text.contains("Quay lại")), "nobody had asked for a voice");
}

#[test]
fn a_missing_engine_or_player_is_a_fault_that_staff_see() {
    let no_engine = bench(VoiceOutput::Loudspeaker, TO_END, Some("/no/such/engine"));
    wait("the fault", || no_engine.state() == Some(Some(Fault::NoDevice)));
    no_engine.voice.screen(&number(Guidance::Spoken));
    let no_card = bench(VoiceOutput::Loudspeaker, "exit 1", None);
    wait("the fault", || no_card.state() == Some(Some(Fault::HardwareError)));
    let told = no_card.states.described(device_links::clock::now());
    assert!(told[0]["fix"].as_str().unwrap().contains("card âm thanh"), "{told}");
}

fn typing(digits: &str) -> Screen {
    let mut typed = kiosk_core::typing::TypedDigits::new();
    let values = digits.bytes().map(|digit| digit - b'0');
    values.filter_map(kiosk_core::typing::Digit::new).for_each(|digit| typed.push(digit));
    let view = View::TypeNumber { purpose: Purpose::TakeNumber, digits: typed, problem: None };
    Screen { look: asks(Language::English, Guidance::Spoken), ..Screen::plain("BV", view) }
}

#[test]
fn a_typed_digit_is_echoed_into_headphones_and_over_a_loudspeaker_only_how_many() {
    for (output, expected) in [(VoiceOutput::Headphones, "en 7"), (VoiceOutput::Loudspeaker, "en 2 digits.")] {
        let bench = bench(output, TO_END, None);
        bench.voice.screen(&typing("0"));
        wait("the screen", || !bench.texts().is_empty());
        bench.voice.screen(&typing("07"));
        wait(expected, || bench.texts().iter().any(|text| text == expected));
        let of_seven = bench.texts().into_iter().filter(|text| text == "en 7").count();
        assert_eq!(of_seven, usize::from(output == VoiceOutput::Headphones), "{:?}", bench.texts());
        bench.voice.screen(&typing("0"));
        let taken_back = "en 1 digits.";
        wait(taken_back, || bench.texts().iter().any(|text| text == taken_back));
    }
}
