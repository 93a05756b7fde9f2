//! If this fails, mend the code, not the test.
//!
//! The exact bytes of the messages of offline kiosks, calls for help and device states.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod frozen;

use std::collections::BTreeMap;

use frozen::{REQUEST, frozen, request};
use queue_protocol::model::{
    Arrival, CallMark, DeviceFault, DeviceId, DevicePart, DeviceReport, DeviceState, DeviceTold, GroupClaim, KioskId,
    Line, PaperState, PriorityGroup, Proof, ServiceId, Standing, UnixMillis, UpdateState,
};
use queue_protocol::v1::help_stream::{CALLS, REPEAT_MS};
use queue_protocol::v1::{
    CallHelp, ClearHelp, DeviceStates, HAND_OVER_MAX, HandOver, HandOverOutcome, HandedOver, HelpCall, HelpCalls,
    LeaseSeries, OfflineTicket, SeriesLease,
};

fn kiosk() -> KioskId {
    KioskId::new("k3").unwrap()
}

fn ticket() -> OfflineTicket {
    let groups = vec![GroupClaim { group: PriorityGroup::Pregnant, proof: Proof::Declared }];
    OfflineTicket {
        request: request(),
        number: "TA-007".parse().unwrap(),
        service: ServiceId::new("mat").unwrap(),
        issued_at: UnixMillis(5),
        age_ms: 61_000,
        arrival: Arrival { groups, ..Arrival::default() },
    }
}

#[test]
fn a_provisional_number_says_so_and_others_say_nothing() {
    frozen(&Standing { line: Line::Normal, held_before: None, provisional: true }, r#"{"provisional":true}"#);
    frozen(&CallMark { line: Line::Normal, recalls: 0, provisional: true }, r#"{"provisional":true}"#);
    frozen(&Standing::default(), "{}");
    frozen(&CallMark::default(), "{}");
}

#[test]
fn a_series_of_ones_own() {
    let first = LeaseSeries { installation: request(), held: None };
    frozen(&first, &format!(r#"{{"installation":"{REQUEST}"}}"#));
    let again = LeaseSeries { installation: request(), held: Some("TA".to_owned().try_into().unwrap()) };
    frozen(&again, &format!(r#"{{"installation":"{REQUEST}","held":"TA"}}"#));
    let lease = SeriesLease { kiosk: kiosk(), series: "TA".to_owned().try_into().unwrap() };
    frozen(&lease, r#"{"kiosk":"k3","series":"TA"}"#);
}

#[test]
fn a_hand_over() {
    let ticket_bytes = format!(
        r#"{{"request":"{REQUEST}","number":"TA-007","service":"mat","issued_at":5,"age_ms":61000,"groups":[{{"group":"pregnant","proof":"declared"}}]}}"#
    );
    frozen(
        &HandOver { installation: request(), tickets: vec![ticket()] },
        &format!(r#"{{"installation":"{REQUEST}","tickets":[{ticket_bytes}]}}"#),
    );
    let outcomes = vec![
        HandOverOutcome::Joined,
        HandOverOutcome::Voided,
        HandOverOutcome::UnknownService,
        HandOverOutcome::NotYours,
        HandOverOutcome::RequestSpent,
    ];
    frozen(
        &HandedOver { outcomes },
        r#"{"outcomes":["joined","voided","unknown_service","not_yours","request_spent"]}"#,
    );
    assert_eq!(HAND_OVER_MAX, 32);
}

#[test]
fn calls_for_help() {
    frozen(&CallHelp { request: request() }, &format!(r#"{{"request":"{REQUEST}"}}"#));
    frozen(&ClearHelp { request: request() }, &format!(r#"{{"request":"{REQUEST}"}}"#));
    let call = HelpCall { kiosk: kiosk(), called_at: UnixMillis(5), request: request() };
    frozen(
        &HelpCalls { calls: vec![call] },
        &format!(r#"{{"calls":[{{"kiosk":"k3","called_at":5,"request":"{REQUEST}"}}]}}"#),
    );
    assert_eq!((CALLS, REPEAT_MS), ("help", 3_000));
}

#[test]
fn the_state_of_a_device() {
    let report = DeviceReport {
        parts: vec![DevicePart { name: "printer".into(), state: DeviceState::Online, paper: Some(PaperState::Low) }],
        last_fault: Some(DeviceFault { part: "printer".into(), code: "paper_out".into(), since: UnixMillis(3) }),
        versions: BTreeMap::from([("kiosk-app".to_owned(), "0.1.0".to_owned())]),
        update: Some(UpdateState::NotInstalled),
    };
    let told = DeviceTold { device: DeviceId::new("k3").unwrap(), told_at: UnixMillis(5), report };
    frozen(
        &DeviceStates { devices: vec![told] },
        r#"{"devices":[{"device":"k3","told_at":5,"report":{"parts":[{"name":"printer","state":"online","paper":"low"}],"last_fault":{"part":"printer","code":"paper_out","since":3},"versions":{"kiosk-app":"0.1.0"},"update":"not_installed"}}]}"#,
    );
    let states = [
        (DeviceState::Offline, "offline"),
        (DeviceState::PowerOff, "power_off"),
        (DeviceState::NoDevice, "no_device"),
        (DeviceState::HardwareError, "hardware_error"),
        (DeviceState::UserError, "user_error"),
        (DeviceState::DeviceBusy, "device_busy"),
        (DeviceState::FraudAttempt, "fraud_attempt"),
        (DeviceState::PotentialFraud, "potential_fraud"),
        (DeviceState::Starting, "starting"),
    ];
    for (state, word) in states {
        frozen(&state, &format!("\"{word}\""));
    }
    for (paper, word) in [
        (PaperState::Full, "full"),
        (PaperState::Out, "out"),
        (PaperState::Jammed, "jammed"),
        (PaperState::Unknown, "unknown"),
    ] {
        frozen(&paper, &format!("\"{word}\""));
    }
    for (update, word) in [
        (UpdateState::Idle, "idle"),
        (UpdateState::Installing, "installing"),
        (UpdateState::RestartNeeded, "restart_needed"),
        (UpdateState::RolledBack, "rolled_back"),
        (UpdateState::Failed, "failed"),
    ] {
        frozen(&update, &format!("\"{word}\""));
    }
}
