use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::load::Served;

const COUNTED: Duration = Duration::from_millis(1_500);

/// Most writes in one transaction, as in the store.
const BATCH_MAX: usize = 256;

/// How often a second the disk takes 4 KiB over what is there, and says so.
pub fn syncs_per_second() -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let file = File::create(folder.path().join("sync")).unwrap();
    file.write_all_at(&[1; 64 * 1_024], 0).unwrap();
    file.sync_all().unwrap();
    let (began, mut count) = (Instant::now(), 0_u32);
    while began.elapsed() < COUNTED {
        file.write_all_at(&[2; 4_096], 4_096 * u64::from(count % 16)).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    f64::from(count) / began.elapsed().as_secs_f64()
}

/// One thread that writes, `clients` that wait: a counter and a row under UNIQUE, and nothing else.
pub fn group_commit(clients: usize) -> Served {
    let folder = tempfile::tempdir().unwrap();
    let database = Connection::open(folder.path().join("floor.db")).unwrap();
    database.pragma_update(None, "journal_mode", "WAL").unwrap();
    database.pragma_update(None, "synchronous", "FULL").unwrap();
    database.pragma_update(None, "wal_autocheckpoint", 8_192).unwrap();
    let schema = "CREATE TABLE last (series INTEGER PRIMARY KEY, ordinal INTEGER NOT NULL);
        CREATE TABLE ticket (id INTEGER PRIMARY KEY, series INTEGER, ordinal INTEGER, UNIQUE (series, ordinal));";
    database.execute_batch(schema).unwrap();
    let (ask, asked) = sync_channel::<SyncSender<i64>>(1_024);
    let writer = std::thread::spawn(move || write(&database, &asked));
    let began = Instant::now();
    let clients: Vec<_> = (0..clients)
        .map(|_| {
            let ask = ask.clone();
            std::thread::spawn(move || client(&ask, began))
        })
        .collect();
    drop(ask);
    let waits = clients.into_iter().flat_map(|client| client.join().unwrap()).collect();
    writer.join().unwrap();
    Served::of(waits, COUNTED)
}

fn client(ask: &SyncSender<SyncSender<i64>>, began: Instant) -> Vec<Duration> {
    let mut waits = Vec::new();
    while began.elapsed() < COUNTED {
        let asked = Instant::now();
        let (reply, answer) = sync_channel(1);
        ask.send(reply).unwrap();
        answer.recv().unwrap();
        waits.push(asked.elapsed());
    }
    waits
}

fn write(database: &Connection, asked: &Receiver<SyncSender<i64>>) {
    let next =
        "INSERT INTO last VALUES (1, 1) ON CONFLICT (series) DO UPDATE SET ordinal = ordinal + 1 RETURNING ordinal";
    while let Ok(first) = asked.recv() {
        // What comes while the batch runs is in it, as in the store.
        let batch = std::iter::once(first).chain(asked.try_iter().take(BATCH_MAX - 1));
        database.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut answers = Vec::new();
        for reply in batch {
            let ordinal: i64 = database.prepare_cached(next).unwrap().query_row((), |row| row.get(0)).unwrap();
            let insert = "INSERT INTO ticket (series, ordinal) VALUES (1, ?1)";
            database.prepare_cached(insert).unwrap().execute([ordinal]).unwrap();
            answers.push((reply, ordinal));
        }
        database.execute_batch("COMMIT").unwrap();
        for (reply, ordinal) in answers {
            reply.send(ordinal).ok();
        }
    }
}
