#![allow(warnings)]
#[path = "../tests/corpus/mod.rs"]
mod corpus;
use corpus::{specimen, Class};
fn main() {
    let n: u64 = std::env::args().nth(1).unwrap().parse().unwrap();
    let c = std::env::args().nth(2).unwrap();
    let class = *Class::ALL.iter().find(|k| k.name() == c).unwrap();
    let s = specimen(class, n);
    for _ in 0..20 {
        let t = std::time::Instant::now();
        let o = if std::env::var("LIVE").is_ok() { qr_camera::Reader::new().read(&s.frame) } else { qr_camera::read_still(&s.frame) }; let (r, w) = (o.codes, o.work);
        eprintln!("{} {:.2} ms {w}", r.len(), t.elapsed().as_secs_f64() * 1e3);
    }
}
