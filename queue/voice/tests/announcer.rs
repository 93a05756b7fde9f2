//! Calls spoken with the real espeak-ng, played into files that stand for a loudspeaker.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use queue_voice::announcer::{Announcer, Settings};
use queue_voice::loudspeaker::{Loudspeaker, PlayError};
use queue_voice::phrase::{Language, Occasion};
use queue_voice::speech::{Engine, SpeechError};
use queue_voice::turns::Spoken;
use queue_voice::wave::Wave;
use tempfile::TempDir;

/// For a busy machine; nothing here is a measure of speed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder in which each sound that was played is a file, in order.
struct Hall {
    folder: TempDir,
}

impl Hall {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A player that keeps what it is given; `first` is shell that runs before.
    fn loudspeaker(&self, first: &str) -> Loudspeaker {
        let folder = self.folder.path().display();
        // Renamed when complete; numbered by how many there are, which only works while no two play at once.
        let script = format!(
            "{first}; cat > {folder}/new && mv {folder}/new {folder}/$(ls {folder} | grep -c wav | xargs printf %03d).wav"
        );
        Loudspeaker::new(vec!["/bin/sh".to_owned(), "-c".to_owned(), script])
    }

    fn announcer(&self, engine: Engine, first: &str, languages: &[Language]) -> Announcer {
        let (loudspeaker, languages) = (self.loudspeaker(first), languages.to_vec());
        let pause = Duration::from_millis(1);
        Announcer::start(Settings { engine, loudspeaker, languages, pause, volume: Box::new(|| 100) }).unwrap()
    }

    fn played(&self) -> Vec<Wave> {
        let mut names: Vec<_> = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.retain(|name| name.extension().is_some_and(|extension| extension == "wav"));
        names.sort();
        names.iter().map(|name| Wave::from_wav(&fs::read(name).unwrap()).unwrap()).collect()
    }

    fn wait_for(&self, count: usize) -> Vec<Wave> {
        wait(|| self.played().len() >= count);
        self.played()
    }
}

fn wait(until: impl Fn() -> bool) {
    let started = Instant::now();
    while !until() {
        assert!(started.elapsed() < PATIENCE, "it did not happen within {} s", PATIENCE.as_secs());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn call(number: &str) -> Spoken {
    Spoken {
        number: number.parse().unwrap(),
        room_name: "Phòng 3".to_owned(),
        occasion: Occasion::Call,
        provisional: false,
    }
}

fn espeak() -> Engine {
    Engine::new("espeak-ng")
}

/// An espeak-ng that writes each text into `log` first, and fails on texts with the word `chín`.
fn logging_engine(folder: &Path) -> Engine {
    let path = folder.join("engine.sh");
    let log = folder.join("log");
    let script = format!(
        "#!/bin/sh\ntext=$(cat)\nprintf '%s\\n' \"$text\" >> {}\ncase $text in *chín*) exit 7;; esac\nprintf '%s' \"$text\" | espeak-ng \"$@\"\n",
        log.display()
    );
    // Written by another process: a file this one has open for writing cannot be started by a thread beside it.
    let mut write = std::process::Command::new("/bin/sh");
    write.args(["-c", "cat > \"$1\" && chmod +x \"$1\"", "sh"]).arg(&path).stdin(std::process::Stdio::piped());
    let mut child = write.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), script.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    Engine::new(path.to_str().unwrap())
}

#[test]
fn espeak_says_a_vietnamese_sentence_that_is_heard() {
    let wave = espeak().say("Mời số a, không bốn hai, vào phòng ba.", Language::Vietnamese).unwrap();
    assert!(wave.duration() > Duration::from_secs(1), "{:?}", wave.duration());
    let loud = wave.samples.iter().filter(|sample| sample.unsigned_abs() > 2_000).count();
    assert!(loud * 20 > wave.samples.len(), "{loud} of {} samples are loud", wave.samples.len());
}

#[test]
fn a_call_is_played_with_chime_in_both_languages_and_repeated_once() {
    let hall = Hall::new();
    let announcer = hall.announcer(espeak(), "true", &[Language::Vietnamese, Language::English]);
    announcer.say(call("A-042")).unwrap();
    let played = hall.wait_for(2);
    assert!(played[0] == played[1], "the repeat is another sound");
    let alone = espeak().say("Mời số a, không bốn hai, vào phòng ba.", Language::Vietnamese).unwrap();
    let place =
        |needle: &Wave| played[0].samples.windows(needle.samples.len()).position(|window| window == needle.samples);
    assert!(place(&alone).unwrap() >= 22_050, "the sentence starts before the chime has ended");
    let english = espeak().say("Number A, zero four two, please go to room three.", Language::English).unwrap();
    assert!(place(&english).unwrap() > place(&alone).unwrap());
    announcer.say(call("A-043")).unwrap();
    assert!(hall.wait_for(3)[2] != played[0]);
    assert!(announcer.is_healthy());
}

#[test]
fn twenty_calls_at_once_are_all_said_in_order() {
    let (hall, engine) = (Hall::new(), tempfile::tempdir().unwrap());
    let announcer = hall.announcer(logging_engine(engine.path()), "true", &[Language::Vietnamese]);
    // Without the digit on which the engine fails.
    let numbers: Vec<String> = (10..=30).filter(|n| *n != 19 && *n != 29).map(|n| format!("B-0{n}")).collect();
    numbers.iter().for_each(|number| announcer.say(call(number)).unwrap());
    hall.wait_for(numbers.len());
    let log = fs::read_to_string(engine.path().join("log")).unwrap();
    assert_eq!(log.lines().count(), numbers.len());
    for (line, number) in log.lines().zip(&numbers) {
        let expected =
            queue_voice::phrase::announcement(number.parse().unwrap(), "Phòng 3", Occasion::Call, Language::Vietnamese);
        assert_eq!(line, expected);
    }
}

#[test]
fn a_call_that_cannot_be_said_does_not_silence_the_next() {
    let (hall, engine) = (Hall::new(), tempfile::tempdir().unwrap());
    let announcer = hall.announcer(logging_engine(engine.path()), "true", &[Language::Vietnamese]);
    announcer.say(call("A-009")).unwrap();
    wait(|| !announcer.is_healthy());
    announcer.say(call("A-010")).unwrap();
    hall.wait_for(1);
    wait(|| announcer.is_healthy());
}

#[test]
fn a_player_that_fails_is_tried_again_with_the_next_call() {
    let hall = Hall::new();
    let broken = hall.folder.path().join("broken");
    fs::write(&broken, "").unwrap();
    let announcer =
        hall.announcer(espeak(), &format!("test ! -e {} || exit 1", broken.display()), &[Language::English]);
    announcer.say(call("A-001")).unwrap();
    wait(|| !announcer.is_healthy());
    assert!(hall.played().is_empty());
    fs::remove_file(&broken).unwrap();
    announcer.say(call("A-002")).unwrap();
    hall.wait_for(1);
    wait(|| announcer.is_healthy());
}

#[test]
fn errors_name_the_program_and_what_to_install() {
    let error = Engine::new("no-such-engine").say("một", Language::Vietnamese).unwrap_err();
    assert!(matches!(error, SpeechError::Start { .. }));
    assert_eq!(error.to_string(), "cannot start no-such-engine: is the package espeak-ng installed?");
    let sound = Wave::silence(22_050, 10);
    let error = Loudspeaker::new(vec!["no-such-player".to_owned()]).play(&sound).unwrap_err();
    assert!(matches!(error, PlayError::Start { .. }) && error.to_string().contains("alsa-utils"), "{error}");
    let failing = ["/bin/sh", "-c", "echo no such device >&2; exit 3"].map(str::to_owned);
    let error = Loudspeaker::new(failing.to_vec()).play(&sound).unwrap_err();
    assert!(error.to_string().ends_with("no such device"), "{error}");
    let error = Engine::new("true").say("một", Language::Vietnamese).unwrap_err();
    assert!(matches!(error, SpeechError::NoSound { .. }), "{error}");
}
