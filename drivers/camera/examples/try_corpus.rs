#![allow(warnings)]
#[path = "../tests/corpus/mod.rs"]
mod corpus;
use corpus::{specimen, Class};
use std::time::Instant;
use std::io::Write;
fn main() {
    let n: u64 = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(40);
    let dump = std::env::args().nth(2);
    let only = std::env::args().nth(3);
    let mut truth = dump.as_ref().map(|d| { std::fs::create_dir_all(d).unwrap(); std::fs::File::create(format!("{d}/truth.txt")).unwrap() });
    let (mut tot, mut all) = (0, 0);
    for class in Class::ALL {
        if only.as_ref().is_some_and(|o| o != class.name()) { continue }
        let (mut got, mut want, mut wrong, mut ms, mut wk) = (0, 0, 0, vec![], vec![]);
        let mut missed = vec![];
        for i in 0..n {
            let s = specimen(class, i);
            if let (Some(d), Some(t)) = (&dump, &mut truth) {
                let name = format!("{}-{i}.pgm", class.name().replace(' ', "_"));
                let mut f = std::fs::File::create(format!("{d}/{name}")).unwrap();
                write!(f, "P5\n{} {}\n255\n", s.frame.width(), s.frame.height()).unwrap();
                f.write_all(s.frame.pixels()).unwrap();
                let hex: Vec<String> = s.payloads.iter().map(|p| p.iter().map(|b| format!("{b:02x}")).collect()).collect();
                writeln!(t, "{name} {}", hex.join(",")).unwrap();
            }
            let t = Instant::now();
            let o = if std::env::var("LIVE").is_ok() { qr_camera::Reader::new().read(&s.frame) } else { qr_camera::read_still(&s.frame) }; let (r, w) = (o.codes, o.work);
            ms.push(t.elapsed().as_secs_f64() * 1e3);
            wk.push(w as f64 / 1e6);
            want += s.payloads.len();
            let g = s.payloads.iter().filter(|p| r.iter().any(|x| x.as_bytes() == &p[..])).count();
            got += g;
            if g < s.payloads.len() { missed.push(i) }
            wrong += r.iter().filter(|x| !s.payloads.iter().any(|p| &p[..] == x.as_bytes())).count();
        }
        ms.sort_by(f64::total_cmp); wk.sort_by(f64::total_cmp);
        tot += got; all += want;
        println!("{:14} {got:4}/{want:4} = {:5.1}%  wrong {wrong}  ms {:.1} / {:.1} / max {:.1}  Mu {:.1} / {:.1} / {:.1}", class.name(), 100.0 * got as f64 / want.max(1) as f64, ms[ms.len() / 2], ms[ms.len() * 95 / 100], ms[ms.len() - 1], wk[wk.len()/2], wk[wk.len()*95/100], wk[wk.len()-1]);
        if std::env::var("MISSED").is_ok() { println!("   missed {missed:?}"); }
    }
    println!("all {tot}/{all} = {:.1}%", 100.0 * tot as f64 / all as f64);
}
