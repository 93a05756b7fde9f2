use queue_protocol::model::{GroupClaim, Line, PriorityGroup, Proof, UnixMillis};

/// Whether a group that is only declared counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeclaredGroups {
    /// It counts, and the room sees that it is only declared.
    #[default]
    Count,
    /// Staff have to verify it first.
    MustBeVerified,
}

/// How far from its time a booking may check in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookingWindow {
    /// Before its time, in minutes. Earlier ones are sent to the desk.
    pub early_minutes: u32,
    /// After its time, in minutes. Later ones stand in line like who has not booked.
    pub late_minutes: u32,
}

impl Default for BookingWindow {
    /// Two hours early, a quarter of an hour late.
    fn default() -> Self {
        Self { early_minutes: 120, late_minutes: 15 }
    }
}

/// What a booking is worth at the moment of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckIn {
    /// In its window: it stands in the line of the booked.
    InTime,
    /// After its window: a walk-in.
    Late,
    /// Before its window: not yet.
    TooEarly,
}

/// What a booking for `booked_for` is worth at `now`. Both ends of the window belong to it.
#[must_use]
pub fn check_in(booked_for: UnixMillis, now: UnixMillis, window: BookingWindow) -> CheckIn {
    let minutes = |count: u32| i64::from(count) * 60_000;
    if now.0 < booked_for.0.saturating_sub(minutes(window.early_minutes)) {
        CheckIn::TooEarly
    } else if now.0 > booked_for.0.saturating_add(minutes(window.late_minutes)) {
        CheckIn::Late
    } else {
        CheckIn::InTime
    }
}

/// The line of somebody with these groups and, perhaps, a booking in time.
///
/// An emergency is one only when staff say so: a touch at a kiosk does not put anybody before all others. A declared
/// emergency counts like any declared group.
#[must_use]
pub fn line_of(groups: &[GroupClaim], check_in: Option<CheckIn>, declared: DeclaredGroups) -> Line {
    let emergency = |claim: &GroupClaim| claim.group == PriorityGroup::Emergency && claim.proof == Proof::Verified;
    let counts = |claim: &GroupClaim| match (claim.proof, declared) {
        (Proof::Verified, _) | (Proof::Declared, DeclaredGroups::Count) => true,
        (Proof::Declared, DeclaredGroups::MustBeVerified) => false,
    };
    if groups.iter().any(emergency) {
        Line::Emergency
    } else if groups.iter().any(counts) {
        Line::Priority
    } else if check_in == Some(CheckIn::InTime) {
        Line::Booked
    } else {
        Line::Normal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn claim(group: PriorityGroup, proof: Proof) -> GroupClaim {
        GroupClaim { group, proof }
    }

    #[test]
    fn a_booking_early_late_or_in_time_is_told_apart_by_name() {
        let window = BookingWindow { early_minutes: 30, late_minutes: 15 };
        let at = |minutes: i64| check_in(UnixMillis(3_600_000), UnixMillis(3_600_000 + minutes * 60_000), window);
        assert_eq!(
            [-31, -30, 0, 15, 16].map(at),
            [CheckIn::TooEarly, CheckIn::InTime, CheckIn::InTime, CheckIn::InTime, CheckIn::Late]
        );
    }

    #[test]
    fn a_late_booking_falls_to_the_walk_ins() {
        assert_eq!(line_of(&[], Some(CheckIn::Late), DeclaredGroups::Count), Line::Normal);
        assert_eq!(line_of(&[], Some(CheckIn::InTime), DeclaredGroups::Count), Line::Booked);
    }

    #[test]
    fn an_emergency_comes_from_staff_and_not_from_a_touch() {
        let declared = claim(PriorityGroup::Emergency, Proof::Declared);
        let verified = claim(PriorityGroup::Emergency, Proof::Verified);
        assert_eq!(line_of(&[declared], None, DeclaredGroups::Count), Line::Priority);
        assert_eq!(line_of(&[declared], None, DeclaredGroups::MustBeVerified), Line::Normal);
        assert_eq!(line_of(&[verified], Some(CheckIn::InTime), DeclaredGroups::MustBeVerified), Line::Emergency);
    }

    #[test]
    fn a_declared_group_counts_only_where_the_hospital_says_so() {
        let declared = claim(PriorityGroup::Aged75, Proof::Declared);
        assert_eq!(line_of(&[declared], None, DeclaredGroups::Count), Line::Priority);
        assert_eq!(line_of(&[declared], None, DeclaredGroups::MustBeVerified), Line::Normal);
        let verified = claim(PriorityGroup::Aged75, Proof::Verified);
        assert_eq!(line_of(&[declared, verified], None, DeclaredGroups::MustBeVerified), Line::Priority);
    }
}
