use std::path::Path;

/// Clock ticks of the kernel a second, on every Linux of ours (`getconf CLK_TCK`).
const TICKS_PER_SECOND: f64 = 100.0;

/// What one process and what it has started have used so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Used {
    /// Processor time in seconds.
    pub cpu_s: f64,
    /// Calls that write: files and sockets.
    pub writes: f64,
    /// Bytes sent to the disk.
    pub disk_bytes: f64,
}

impl Used {
    /// Of the process itself.
    pub fn by(pid: u32) -> Self {
        let io = std::fs::read_to_string(format!("/proc/{pid}/io")).unwrap();
        let figure = |name: &str| {
            let value = io.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            value.trim().parse::<f64>().unwrap()
        };
        let (ticks, _) = ticks(Path::new(&format!("/proc/{pid}/stat"))).unwrap();
        Self { cpu_s: ticks / TICKS_PER_SECOND, writes: figure("syscw:"), disk_bytes: figure("write_bytes:") }
    }

    /// Processor time of a process and its children, those that have ended too.
    pub fn by_family(pid: u32) -> Self {
        let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        let children = processes.filter_map(|entry| ticks(&entry.path().join("stat")));
        let own = ticks(Path::new(&format!("/proc/{pid}/stat"))).unwrap().0;
        let ticks = own + children.filter(|(_, parent)| *parent == pid).map(|(ticks, _)| ticks).sum::<f64>();
        Self { cpu_s: ticks / TICKS_PER_SECOND, ..Self::default() }
    }

    pub fn and(self, other: Self) -> Self {
        Self {
            cpu_s: self.cpu_s + other.cpu_s,
            writes: self.writes + other.writes,
            disk_bytes: self.disk_bytes + other.disk_bytes,
        }
    }

    fn since(self, before: Self) -> Self {
        Self {
            cpu_s: self.cpu_s - before.cpu_s,
            writes: self.writes - before.writes,
            disk_bytes: self.disk_bytes - before.disk_bytes,
        }
    }
}

/// Processor time in ticks, with that of children that have ended, and the parent (proc(5), `stat`).
fn ticks(stat: &Path) -> Option<(f64, u32)> {
    let text = std::fs::read_to_string(stat).ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((number(11)? + number(12)? + number(13)? + number(14)?, fields.get(1)?.parse().ok()?))
}

/// All processors' ticks, and those in which they had nothing to do.
fn machine() -> (f64, f64) {
    let text = std::fs::read_to_string("/proc/stat").unwrap();
    let fields: Vec<f64> =
        text.lines().next().unwrap().split_whitespace().skip(1).map(|field| field.parse().unwrap()).collect();
    // The last two, of guests, are in the first two.
    (fields[..8].iter().sum(), fields[3] + fields[4])
}

/// Who used the machine for a while.
#[derive(Debug, Clone, Copy)]
pub struct Shares {
    pub service: Used,
    pub database: Used,
    pub load: Used,
    /// Of all processors' time, in parts of 1.
    pub service_part: f64,
    pub database_part: f64,
    pub load_part: f64,
    pub idle_part: f64,
}

impl Shares {
    pub fn others_part(&self) -> f64 {
        (1.0 - self.service_part - self.database_part - self.load_part - self.idle_part).max(0.0)
    }
}

/// Began when the load began.
pub struct Meter {
    machine: (f64, f64),
    before: [Used; 3],
}

impl Meter {
    pub fn begin(service: Used, database: Used) -> Self {
        Self { machine: machine(), before: [service, database, Used::by(std::process::id())] }
    }

    pub fn end(&self, service: Used, database: Used) -> Shares {
        let now = [service, database, Used::by(std::process::id())];
        let [service, database, load] = [0, 1, 2].map(|at| now[at].since(self.before[at]));
        let (all, idle) = machine();
        let passed = (all - self.machine.0).max(1.0);
        let part = |used: Used| used.cpu_s * TICKS_PER_SECOND / passed;
        Shares {
            service,
            database,
            load,
            service_part: part(service),
            database_part: part(database),
            load_part: part(load),
            idle_part: (idle - self.machine.1) / passed,
        }
    }
}
