//! How long people waited and were seen: as JSON for the page, as CSV for a spreadsheet.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use queue_core::service_day;
use queue_protocol::model::ServiceDay;
use queue_protocol::v1::{Figures, Statistics};
use queue_store::STATISTICS_DAYS_MAX;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::access::Allow;
use crate::app::App;
use crate::openapi::{Answer, Operation};
use crate::problem::ApiError;
use crate::request::Asked;
use crate::route_table::{RouteTable, api};

pub(crate) fn add_to(table: RouteTable) -> RouteTable {
    table.api(Method::GET, "/v1/statistics", Allow::STATISTICS, api("How long people waited and were seen", json)).api(
        Method::GET,
        "/v1/statistics.csv",
        Allow::STATISTICS,
        api("The same as a table for a spreadsheet (RFC 4180)", csv),
    )
}

/// The days asked for; today, where none is.
#[derive(Deserialize, JsonSchema)]
struct Days {
    #[serde(default)]
    #[schemars(with = "ServiceDay")]
    from: Option<ServiceDay>,
    #[serde(default)]
    #[schemars(with = "ServiceDay")]
    to: Option<ServiceDay>,
}

async fn json(State(app): State<App>, Asked(days): Asked<Days>) -> Result<Json<Statistics>, ApiError> {
    Ok(Json(figures(&app, days).await?))
}

async fn csv(State(app): State<App>, Asked(days): Asked<Days>) -> Result<Table, ApiError> {
    Ok(Table(figures(&app, days).await?))
}

/// Figures as a table to be saved.
struct Table(Statistics);

const CSV: &str = "text/csv; charset=utf-8; header=present";

impl IntoResponse for Table {
    fn into_response(self) -> Response {
        let Self(statistics) = self;
        let name = format!("attachment; filename=\"statistics-{}-{}.csv\"", statistics.from, statistics.to);
        let mut response = table(&statistics).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CSV));
        if let Ok(name) = HeaderValue::from_str(&name) {
            headers.insert(header::CONTENT_DISPOSITION, name);
        }
        response
    }
}

impl Answer for Table {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers(StatusCode::OK, "Done.", Some((CSV, json!({"type": "string"}))));
    }
}

async fn figures(app: &App, Days { from, to }: Days) -> Result<Statistics, ApiError> {
    let bad = |detail: String| ApiError::bad_request(StatusCode::BAD_REQUEST, detail);
    let today = service_day(app.clock.now(), &app.clinic())?;
    let to = to.unwrap_or(today);
    let from = from.unwrap_or(to);
    let days: Vec<ServiceDay> = std::iter::successors(Some(from), |day| day.next())
        .take_while(|day| *day <= to)
        .take(STATISTICS_DAYS_MAX + 1)
        .collect();
    if days.len() > STATISTICS_DAYS_MAX {
        return Err(bad(format!("expected at most {STATISTICS_DAYS_MAX} days, got {from} to {to}")));
    }
    let found = app.store.statistics(&days).await?;
    found.ok_or_else(|| bad(format!("expected a first day that is not after the last, got {from} to {to}")))
}

const COLUMNS: [&str; 16] = [
    "group",
    "id",
    "name",
    "issued",
    "called",
    "missed",
    "waiting_count",
    "waiting_mean_s",
    "waiting_median_s",
    "waiting_p90_s",
    "waiting_max_s",
    "service_count",
    "service_mean_s",
    "service_median_s",
    "service_p90_s",
    "service_max_s",
];

/// The figures as CSV (RFC 4180), with the mark by which spreadsheets recognise UTF-8.
fn table(statistics: &Statistics) -> String {
    let mut text = String::from("\u{feff}");
    line(&mut text, COLUMNS.iter().map(|column| (*column).to_owned()));
    row(&mut text, ["total", "", ""], &statistics.total);
    for hour in &statistics.by_hour {
        row(&mut text, ["hour", &format!("{:02}:00", hour.hour), ""], &hour.figures);
    }
    for (group, list) in [("service", &statistics.by_service), ("room", &statistics.by_room)] {
        for named in list {
            row(&mut text, [group, &named.id, &named.name], &named.figures);
        }
    }
    text
}

fn row(text: &mut String, names: [&str; 3], figures: &Figures) {
    let Figures { issued, called, missed, waiting, service } = *figures;
    let spread =
        |spread: queue_protocol::v1::Spread| [spread.count, spread.mean_s, spread.median_s, spread.p90_s, spread.max_s];
    let numbers = [issued, called, missed].into_iter().chain(spread(waiting)).chain(spread(service));
    line(text, names.into_iter().map(cell).chain(numbers.map(|number| number.to_string())));
}

fn line(text: &mut String, cells: impl Iterator<Item = String>) {
    text.push_str(&cells.collect::<Vec<_>>().join(","));
    text.push_str("\r\n");
}

/// A name as a cell. A spreadsheet would run one that begins like a formula.
fn cell(name: &str) -> String {
    let is_formula = name.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let shown = if is_formula { format!("'{name}") } else { name.to_owned() };
    if shown.contains([',', '"', '\r', '\n', ';']) || is_formula {
        format!("\"{}\"", shown.replace('"', "\"\""))
    } else {
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use queue_protocol::v1::NamedFigures;

    #[test]
    fn a_name_that_looks_like_a_formula_is_text() {
        assert_eq!(cell("Nội tổng quát"), "Nội tổng quát");
        assert_eq!(cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        for start in ["=1", "+1", "-1", "@a", "\ta"] {
            assert!(cell(start).starts_with("\"'"), "{start:?}");
        }
        assert_eq!(cell("Sản, Phụ khoa"), "\"Sản, Phụ khoa\"");
    }

    #[test]
    fn a_spreadsheet_sees_utf_8_and_as_many_cells_as_columns() {
        let day: ServiceDay = "2026-11-23".parse().unwrap();
        let named = NamedFigures { id: "noi".into(), name: "Nội".into(), figures: Figures::default() };
        let statistics = Statistics {
            from: day,
            to: day,
            total: Figures::default(),
            by_hour: Vec::new(),
            by_service: vec![named],
            by_room: Vec::new(),
        };
        let text = table(&statistics);
        assert!(text.as_bytes().starts_with(&[0xEF, 0xBB, 0xBF]));
        let lines: Vec<&str> = text.split_terminator("\r\n").collect();
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| line.split(',').count() == COLUMNS.len()), "{lines:?}");
    }
}
