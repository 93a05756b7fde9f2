//! Waiting areas, services, rooms and staff out of tables, in the place of what a clinic has.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use queue_core::{Clinic, ClinicError, ClinicValues, Place, Room, Service, Zone};
use queue_protocol::model::{Series, Staff};

use crate::config::{StaffError, check_staff};
use crate::csv::{CsvError, CsvRow, Located, table};

/// A table, and the name it is called by in an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFile {
    /// Such as the file's name.
    pub name: String,
    /// CSV, in UTF-8.
    pub text: String,
}

/// Tables; each that is there takes the place of what a clinic has of its kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lists {
    /// Columns `id`, `name`.
    pub zones: Option<ListFile>,
    /// Columns `id`, `name`, `place`, `series`, `zone`; and, where wanted, `hours`, `quota`, `return_after_calls`,
    /// `appointment_minutes`.
    pub services: Option<ListFile>,
    /// Columns `id`, `name`, `zone`, `services`: ids, parted by spaces.
    pub rooms: Option<ListFile>,
    /// Columns `user`, `role`; and, where wanted, `rooms`: ids, parted by spaces.
    pub staff: Option<ListFile>,
}

/// What is wrong, and where.
#[derive(Debug)]
pub struct ListError {
    /// The table's name and the line, counted from 1; `None` for what no table says.
    at: Option<(String, usize)>,
    cause: Box<Cause>,
}

#[derive(Debug)]
enum Cause {
    Csv(CsvError),
    Cell { column: &'static str, value: String, source: Box<dyn Error + Send + Sync> },
    Clinic(ClinicError),
    Staff(StaffError),
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            Some((name, line)) => write!(f, "{name}, line {line}: ")?,
            None => write!(f, "with these lists the clinic is none: ")?,
        }
        match self.cause.as_ref() {
            Cause::Csv(error) => write!(f, "{error}"),
            Cause::Cell { column, value, source } => write!(f, "{column} {value:?}: {source}"),
            Cause::Clinic(error) => write!(f, "{error}"),
            Cause::Staff(error) => write!(f, "{error}"),
        }
    }
}

impl Error for ListError {}

/// Entries with their lines.
type Entries<T> = Vec<(usize, T)>;

impl Lists {
    /// `base` with these lists in it, checked as a whole, and the accounts of the table of staff. Nothing is changed
    /// anywhere.
    ///
    /// # Errors
    /// [`ListError`] with the first thing that is wrong.
    pub fn apply(&self, mut base: ClinicValues) -> Result<(Clinic, Vec<Staff>), ListError> {
        let zones = read(self.zones.as_ref(), (&["id", "name"], &[]), zone)?;
        let services = read(self.services.as_ref(), (SERVICE, SERVICE_OTHERS), service)?;
        let rooms = read(self.rooms.as_ref(), (&["id", "name", "zone", "services"], &[]), room)?;
        let staff = read(self.staff.as_ref(), (&["user", "role"], &["rooms"]), staff)?;
        take(&mut base.zones, zones.as_ref());
        take(&mut base.services, services.as_ref());
        take(&mut base.rooms, rooms.as_ref());
        let clinic = Clinic::new(base).map_err(|error| {
            let at = match error.place() {
                Place::Zone(index) => place(self.zones.as_ref(), zones.as_ref(), index),
                Place::Service(index) => place(self.services.as_ref(), services.as_ref(), index),
                Place::Room(index) => place(self.rooms.as_ref(), rooms.as_ref(), index),
                Place::TimeZone | Place::DayStartHour | Place::Priority | Place::Services => None,
            };
            ListError { at, cause: Box::new(Cause::Clinic(error)) }
        })?;
        let mut accounts = Vec::new();
        for (line, staff) in staff.unwrap_or_default() {
            if let Err(error) = check_staff(&clinic, &staff, &accounts) {
                let at = self.staff.as_ref().map(|file| (file.name.clone(), line));
                return Err(ListError { at, cause: Box::new(Cause::Staff(error)) });
            }
            accounts.push(staff);
        }
        Ok((clinic, accounts))
    }
}

fn take<T: Clone>(held: &mut Vec<T>, entries: Option<&Entries<T>>) {
    if let Some(entries) = entries {
        *held = entries.iter().map(|(_, entry)| entry.clone()).collect();
    }
}

/// Where an entry is, if a table says it.
fn place<T>(file: Option<&ListFile>, entries: Option<&Entries<T>>, index: usize) -> Option<(String, usize)> {
    let (line, _) = entries?.get(index)?;
    Some((file?.name.clone(), *line))
}

fn read<T>(
    file: Option<&ListFile>,
    (needed, others): (&[&'static str], &[&'static str]),
    entry: fn(&CsvRow) -> Result<T, Cause>,
) -> Result<Option<Entries<T>>, ListError> {
    let Some(file) = file else { return Ok(None) };
    let located =
        |(line, cause): Located<Cause>| ListError { at: Some((file.name.clone(), line)), cause: Box::new(cause) };
    let rows = table(&file.text, needed, others).map_err(|(line, error)| located((line, Cause::Csv(error))))?;
    let entries = rows.iter().map(|row| match entry(row) {
        Ok(entry) => Ok((row.line, entry)),
        Err(cause) => Err(located((row.line, cause))),
    });
    entries.collect::<Result<_, _>>().map(Some)
}

const SERVICE: &[&str] = &["id", "name", "place", "series", "zone"];
const SERVICE_OTHERS: &[&str] = &["hours", "quota", "return_after_calls", "appointment_minutes"];

fn zone(row: &CsvRow) -> Result<Zone, Cause> {
    Ok(Zone { id: cell(row, "id")?, name: row.cell("name").to_owned() })
}

fn service(row: &CsvRow) -> Result<Service, Cause> {
    let series = row.cell("series");
    Ok(Service {
        id: cell(row, "id")?,
        name: row.cell("name").to_owned(),
        place: row.cell("place").to_owned(),
        series: Series::new(series).map_err(|source| wrong(("series", series), source))?,
        zone: cell(row, "zone")?,
        hours: optional(row, "hours")?,
        quota: optional(row, "quota")?,
        return_after_calls: optional(row, "return_after_calls")?.unwrap_or_default(),
        appointment_minutes: optional(row, "appointment_minutes")?,
    })
}

fn room(row: &CsvRow) -> Result<Room, Cause> {
    let services = words(row, "services")?;
    Ok(Room { id: cell(row, "id")?, name: row.cell("name").to_owned(), zone: cell(row, "zone")?, services })
}

fn staff(row: &CsvRow) -> Result<Staff, Cause> {
    Ok(Staff { user: cell(row, "user")?, role: cell(row, "role")?, rooms: words(row, "rooms")? })
}

fn cell<T: FromStr>(row: &CsvRow, column: &'static str) -> Result<T, Cause>
where
    T::Err: Error + Send + Sync + 'static,
{
    let text = row.cell(column);
    text.parse().map_err(|source| wrong((column, text), source))
}

fn optional<T: FromStr>(row: &CsvRow, column: &'static str) -> Result<Option<T>, Cause>
where
    T::Err: Error + Send + Sync + 'static,
{
    if row.cell(column).is_empty() { Ok(None) } else { cell(row, column).map(Some) }
}

fn words<T: FromStr>(row: &CsvRow, column: &'static str) -> Result<Vec<T>, Cause>
where
    T::Err: Error + Send + Sync + 'static,
{
    let words = row.cell(column).split_whitespace();
    words.map(|word| word.parse().map_err(|source| wrong((column, word), source))).collect()
}

fn wrong((column, value): (&'static str, &str), source: impl Error + Send + Sync + 'static) -> Cause {
    Cause::Cell { column, value: value.to_owned(), source: Box::new(source) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, SAMPLE_CLINIC};

    const SERVICES: &str = "id;name;place;series;zone;quota;hours\n\
        noi;Nội;Phòng 1;A;khu-b;200;\n\
        nhi;Nhi;Phòng 2;B;khu-b;;07:00-11:30, 13:00-16:30\n";
    const ROOMS: &str = "id,name,zone,services\np1,Phòng 1,khu-b,noi nhi\np2,Phòng 2,khu-b,nhi\n";
    const STAFF: &str = "user,role,rooms\nlan,nurse,p1 p2\nquan-tri,administrator,\n";

    fn apply(services: &str, rooms: &str, staff: &str) -> Result<(Clinic, Vec<Staff>), ListError> {
        let file = |name: &str, text: &str| Some(ListFile { name: name.into(), text: text.into() });
        let lists = Lists {
            zones: None,
            services: file("services.csv", services),
            rooms: file("rooms.csv", rooms),
            staff: file("staff.csv", staff),
        };
        lists.apply(Config::parse(SAMPLE_CLINIC).unwrap().clinic.values().clone())
    }

    #[test]
    fn lists_take_the_place_of_what_the_clinic_has_and_leave_the_rest() {
        let (clinic, staff) = apply(SERVICES, ROOMS, STAFF).unwrap();
        let sample = Config::parse(SAMPLE_CLINIC).unwrap().clinic;
        assert_eq!((clinic.services().len(), clinic.rooms().len(), staff.len()), (2, 2, 2));
        assert_eq!((clinic.hospital(), clinic.zones()), (sample.hospital(), sample.zones()));
        assert_eq!(clinic.services()[0].quota, Some(200));
        assert_eq!((clinic.services()[1].quota, clinic.services()[1].hours.is_some()), (None, true));
        assert_eq!(staff[0].rooms.len(), 2);
    }

    #[test]
    fn a_mistake_names_its_table_and_its_line() {
        let told = |services: &str, rooms: &str, staff: &str| apply(services, rooms, staff).unwrap_err().to_string();
        let cases = [
            (told(&SERVICES.replace(";B;", ";b;"), ROOMS, STAFF), "services.csv, line 3: series \"b\""),
            (told(&SERVICES.replace(";200;", ";viele;"), ROOMS, STAFF), "services.csv, line 2: quota \"viele\""),
            (told(&SERVICES.replace("07:00-11:30", "7-11"), ROOMS, STAFF), "services.csv, line 3: hours"),
            (told(&SERVICES.replace(";B;", ";A;"), ROOMS, STAFF), "services.csv, line 3: "),
            (
                told(SERVICES, &ROOMS.replace("p2,Phòng 2,khu-b,nhi", "p2,Phòng 2,khu-b,mat"), STAFF),
                "rooms.csv, line 3: ",
            ),
            (told(SERVICES, &ROOMS.replace("p2,", "p1,"), STAFF), "rooms.csv, line 3: "),
            (
                told(SERVICES, ROOMS, &STAFF.replace("p1 p2", "p1 p9")),
                "staff.csv, line 2: account lan works in room p9",
            ),
            (told(SERVICES, ROOMS, &STAFF.replace("quan-tri", "lan")), "staff.csv, line 3: account lan is there twice"),
            (told(SERVICES, "id,name,zone\n", STAFF), "rooms.csv, line 1: the column \"services\" is missing"),
            (told("id,name,place,series,zone\n", ROOMS, STAFF), "with these lists the clinic is none: "),
        ];
        for (told, wanted) in cases {
            assert!(told.starts_with(wanted), "{told:?}, expected {wanted:?}");
        }
    }
}
