//! The targets, in the columns that the page of all benches reads.

/// What is compared with a target.
#[derive(Debug, Default)]
pub struct Measured {
    /// Numbers a second, 16 clients, SQLite.
    pub per_second: f64,
    /// The same, 99 of 100, in milliseconds.
    pub p99_ms: f64,
    /// One client, SQLite: half of the numbers, in milliseconds beyond one fdatasync.
    pub beyond_sync_ms: f64,
    /// From *call next* to the last of 50 displays, 99 of 100, in milliseconds.
    pub call_p99_ms: f64,
    /// Resident memory without a display, in MB.
    pub idle_mb: f64,
    /// Resident memory with 1,000 displays, in MB.
    pub crowd_mb: f64,
}

pub fn print(measured: &Measured) {
    let Measured { per_second, p99_ms, beyond_sync_ms, call_p99_ms, idle_mb, crowd_mb } = *measured;
    println!("## Targets\n\n| what | target | here | met |\n|---|---|---|---|");
    let row = |what: &str, target: &str, here: String, met: bool| {
        println!("| {what} | {target} | {here} | {} |", if met { "yes" } else { "no" });
    };
    row("numbers a second, 16 clients, SQLite", "≥ 5000", format!("{per_second:.0}"), per_second >= 5_000.0);
    row("the same, ms, 99 of 100", "< 20", format!("{p99_ms:.1}"), p99_ms < 20.0);
    row("one client, ms beyond one fdatasync, half", "< 2", format!("{beyond_sync_ms:.2}"), beyond_sync_ms < 2.0);
    row("call → last of 50 displays, ms, 99 of 100", "< 50", format!("{call_p99_ms:.1}"), call_p99_ms < 50.0);
    row("memory, MB, idle", "< 30", format!("{idle_mb:.1}"), idle_mb < 30.0);
    row("memory, MB, 1,000 displays", "< 150", format!("{crowd_mb:.1}"), crowd_mb < 150.0);
}
