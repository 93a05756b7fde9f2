//! Codes, keys, accounts and sessions: the same on every database.

use queue_protocol::model::{Device, DeviceId, DeviceRole, Staff, StaffRole, UnixMillis, UserName};
use queue_store::{
    By, DeviceError, EnrolError, Known, LogInStep, NewEnrolment, NewStaffRow, SESSION_IDLE_MS, SESSIONS_A_USER_MAX,
    SecretHash, StaffError,
};

use crate::place::{DAY_MS, MINUTE_MS, MORNING, Place, room_id};

fn by() -> By {
    By { actor: "staff:quan-tri".into(), at: MORNING }
}

fn later(ms: i64) -> UnixMillis {
    UnixMillis(MORNING.0 + ms)
}

fn device(id: &str, role: DeviceRole) -> Device {
    let room = (role == DeviceRole::Room).then(|| room_id("p1"));
    Device { id: DeviceId::new(id).unwrap(), role, room }
}

const fn hash(n: u8) -> SecretHash {
    SecretHash([n; 32])
}

pub async fn a_code_becomes_a_key_once_and_a_key_can_be_replaced_and_revoked(place: &Place<'_>) {
    let store = place.open().await.store;
    for (n, role) in [(1, DeviceRole::Kiosk), (2, DeviceRole::Display), (3, DeviceRole::Room)] {
        let wanted = device(role.word(), role);
        let code = NewEnrolment { code: hash(n), device: wanted.clone(), expires_at: later(MINUTE_MS) };
        store.add_code(code, by()).await.unwrap();
        assert_eq!(store.enrol(hash(n), hash(100 + n), MORNING).await.unwrap(), wanted);
        let again = store.enrol(hash(n), hash(200), MORNING).await;
        assert!(matches!(again, Err(EnrolError::UnknownCode)), "{again:?}");
        assert_eq!(store.known(hash(100 + n), MORNING).await.unwrap(), Some(Known::Device(wanted)));
    }
    let code = NewEnrolment { code: hash(9), device: device("k9", DeviceRole::Kiosk), expires_at: later(1) };
    store.add_code(code, by()).await.unwrap();
    assert!(store.enrol(hash(9), hash(109), later(1)).await.is_err());

    let kiosk = DeviceId::new("kiosk").unwrap();
    store.rotate_key(kiosk.clone(), hash(50), by()).await.unwrap();
    assert!(store.known(hash(101), MORNING).await.unwrap().is_some());
    assert!(store.known(hash(50), MORNING).await.unwrap().is_some());
    assert!(store.known(hash(101), MORNING).await.unwrap().is_none());
    assert!(store.known(hash(50), later(2 * MINUTE_MS)).await.unwrap().is_some());
    store.revoke_device(kiosk.clone(), by()).await.unwrap();
    assert!(store.known(hash(50), MORNING).await.unwrap().is_none());
    assert!(matches!(store.rotate_key(kiosk, hash(51), by()).await, Err(DeviceError::Unknown(_))));
    assert!(store.revoke_device(DeviceId::new("none").unwrap(), by()).await.is_err());
    let listed = store.devices().await.unwrap();
    assert_eq!(listed.iter().map(|now| now.revoked_at.is_some()).collect::<Vec<_>>(), [false, true, false]);
    assert!(!place.lets("UPDATE change_audit SET actor = 'nobody'") && !place.lets("DELETE FROM change_audit"));
    assert_eq!(place.number("SELECT count(*) FROM change_audit WHERE step = 'device.enrol'"), 3);
}

pub async fn a_session_opens_ends_and_is_one_of_few(place: &Place<'_>) {
    let store = place.open().await.store;
    let user = |name: &str| UserName::new(name).unwrap();
    let account = |name: &str, role| {
        let rooms = if role == StaffRole::Nurse { vec![room_id("p1"), room_id("p2")] } else { Vec::new() };
        NewStaffRow { staff: Staff { user: user(name), role, rooms }, password: "$argon2id$…".into() }
    };
    let nurse = account("lan", StaffRole::Nurse);
    store.add_staff(account("quan-tri", StaffRole::Administrator), by()).await.unwrap();
    store.add_staff(nurse.clone(), by()).await.unwrap();
    assert!(matches!(store.add_staff(nurse.clone(), by()).await, Err(StaffError::NameTaken(_))));

    let locked_until = Some(later(MINUTE_MS));
    store.log_in(user("lan"), LogInStep::Failed { locked_until }, MORNING).await.unwrap();
    let row = store.staff_row(user("lan")).await.unwrap().unwrap();
    assert_eq!((row.failures, row.locked_until), (1, locked_until));
    let opened = |n| LogInStep::Opened { token: hash(n), expires_at: later(DAY_MS) };
    let sessions_max = u8::try_from(SESSIONS_A_USER_MAX).unwrap();
    for n in 0..=sessions_max {
        store.log_in(user("lan"), opened(n), later(n.into())).await.unwrap();
    }
    let row = store.staff_row(user("lan")).await.unwrap().unwrap();
    assert_eq!((row.failures, row.locked_until), (0, None));
    assert!(store.known(hash(0), MORNING).await.unwrap().is_none(), "the oldest has made room");
    assert_eq!(store.known(hash(1), MORNING).await.unwrap(), Some(Known::Staff(nurse.staff)));
    store.log_out(hash(1)).await.unwrap();
    assert!(store.known(hash(1), MORNING).await.unwrap().is_none());
    assert!(store.known(hash(2), later(SESSION_IDLE_MS + 2)).await.unwrap().is_none());
    assert!(store.known(hash(3), later(MINUTE_MS * 2)).await.unwrap().is_some());
    store.remove_old_sessions(later(SESSION_IDLE_MS + MINUTE_MS)).await.unwrap();
    assert_eq!(place.number("SELECT count(*) FROM session"), 1);
    store.set_password(user("lan"), "$argon2id$other".into(), by()).await.unwrap();
    assert!(store.known(hash(3), later(MINUTE_MS * 2)).await.unwrap().is_none());
    store.close_staff(user("lan"), by()).await.unwrap();
    assert!(store.log_in(user("lan"), opened(70), MORNING).await.is_err());
    let last = store.close_staff(user("quan-tri"), by()).await;
    assert!(matches!(last, Err(StaffError::LastAdministrator(_))), "{last:?}");
    assert_eq!(store.staff().await.unwrap().len(), 2);
}
