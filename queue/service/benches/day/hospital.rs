//! The hospital and its day: who comes when, how long each is seen, who goes for tests.

use std::fmt::Write as _;

/// Outpatients a day.
pub const PATIENTS: usize = 8_000;
pub const SERVICES: usize = 10;
pub const ROOMS: usize = 40;
pub const KIOSKS: usize = 20;
pub const DISPLAYS: usize = 60;
/// Services that wait in one area.
const SERVICES_A_ZONE: usize = 2;
pub const ZONES: usize = SERVICES / SERVICES_A_ZONE;

/// Mean minutes in the room: at first, and back with the results of tests.
const FIRST_MINUTES: f64 = 1.6;
const BACK_MINUTES: f64 = 0.9;
/// Minutes away for tests, evenly between.
const TESTS_MINUTES: [f64; 2] = [40.0, 120.0];
/// Of 100 patients: who belongs to a group that the law puts first, who is an emergency, who is sent for tests.
const PRIORITY_PERCENT: f64 = 30.0;
const EMERGENCY_PERCENT: f64 = 0.5;
const TESTS_PERCENT: f64 = 35.0;
/// Rooms see patients from half past six, rest from a quarter to twelve to one, and stay until all are seen.
pub const OPENS_MINUTE: f64 = 390.0;
const REST_MINUTES: [f64; 2] = [705.0, 780.0];
/// New patients between two who are back from tests.
pub const RETURN_AFTER_CALLS: u32 = 2;

/// How many come in each half hour from half past five, in parts: half of all from half past six to half past eight.
const ARRIVALS: [f64; 22] =
    [1.0, 3.0, 8.0, 9.0, 8.0, 6.5, 4.5, 3.5, 3.0, 2.2, 1.2, 0.5, 0.2, 0.3, 0.8, 2.0, 2.5, 2.0, 1.3, 0.8, 0.4, 0.1];
pub const FIRST_HALF_HOUR_MINUTE: f64 = 330.0;

/// How somebody waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Normal,
    Priority,
    Emergency,
}

/// One patient, decided before the day begins: each policy and each machine gets the same.
#[derive(Debug, Clone, Copy)]
pub struct Patient {
    /// Minutes since midnight.
    pub arrives: f64,
    pub service: usize,
    pub kind: Kind,
    /// Minutes in the room, the first time.
    pub first: f64,
    /// Minutes away, and in the room afterwards.
    pub tests: Option<(f64, f64)>,
}

/// When a room that is free at `minute` may call.
pub fn works_from(minute: f64) -> f64 {
    if minute < OPENS_MINUTE {
        OPENS_MINUTE
    } else if (REST_MINUTES[0]..REST_MINUTES[1]).contains(&minute) {
        REST_MINUTES[1]
    } else {
        minute
    }
}

/// The patients of one day, in order of arrival.
pub fn day(seed: u64) -> Vec<Patient> {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut patients: Vec<Patient> = (0..PATIENTS).map(|_| patient(&mut random)).collect();
    patients.sort_by(|one, other| one.arrives.total_cmp(&other.arrives));
    patients
}

fn patient(random: &mut Random) -> Patient {
    let mut part = random.part() * ARRIVALS.iter().sum::<f64>();
    let mut half_hour = 0;
    while part > ARRIVALS[half_hour] {
        part -= ARRIVALS[half_hour];
        half_hour += 1;
    }
    let begin = FIRST_HALF_HOUR_MINUTE + 30.0 * f64::from(u32::try_from(half_hour).unwrap());
    let percent = random.part() * 100.0;
    let kind = if percent < EMERGENCY_PERCENT {
        Kind::Emergency
    } else if percent < EMERGENCY_PERCENT + PRIORITY_PERCENT {
        Kind::Priority
    } else {
        Kind::Normal
    };
    let is_sent = random.part() * 100.0 < TESTS_PERCENT;
    let away = TESTS_MINUTES[0] + random.part() * (TESTS_MINUTES[1] - TESTS_MINUTES[0]);
    Patient {
        arrives: begin + part / ARRIVALS[half_hour] * 30.0,
        service: usize::try_from(random.next() % u64::try_from(SERVICES).unwrap()).unwrap(),
        kind,
        first: random.spread(FIRST_MINUTES),
        tests: is_sent.then(|| (away, random.spread(BACK_MINUTES))),
    }
}

/// xorshift64*: the same day from the same seed, everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// From 0 to 1.
    fn part(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap()) / f64::from(u32::MAX)
    }

    /// Around `mean`, never below nothing: the sum of two exponential times.
    fn spread(&mut self, mean: f64) -> f64 {
        -((self.part().max(1e-9) * self.part().max(1e-9)).ln()) * mean / 2.0
    }
}

/// The clinic's file of so many such hospitals in one service.
pub fn clinic(hospitals: usize) -> String {
    let mut text =
        String::from("hospital = \"BỆNH VIỆN MẪU\"\npriority = { kind = \"ratio\", priority = 2, normal = 1 }\n");
    for zone in 0..hospitals * ZONES {
        write!(text, "[[zone]]\nid = \"z{zone}\"\nname = \"Z{zone}\"\n").unwrap();
    }
    for service in 0..hospitals * SERVICES {
        let (series, zone) = (series(service), service / SERVICES_A_ZONE);
        write!(
            text,
            "[[service]]\nid = \"s{service}\"\nname = \"S{service}\"\nplace = \"P\"\nseries = \"{series}\"\nzone = \"z{zone}\"\n\
             return_after_calls = {RETURN_AFTER_CALLS}\n"
        )
        .unwrap();
    }
    for room in 0..hospitals * ROOMS {
        let service = room / (ROOMS / SERVICES);
        let zone = service / SERVICES_A_ZONE;
        write!(
            text,
            "[[room]]\nid = \"r{room}\"\nname = \"R{room}\"\nzone = \"z{zone}\"\nservices = [\"s{service}\"]\n"
        )
        .unwrap();
    }
    text
}

fn series(service: usize) -> String {
    let letter = |n: usize| char::from(b'A' + u8::try_from(n % 26).unwrap());
    match service.checked_sub(26) {
        None => letter(service).to_string(),
        Some(rest) => format!("{}{}", letter(rest / 26), letter(rest)),
    }
}
