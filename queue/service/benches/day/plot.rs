//! Line plots as SVG: text, so that a page can have them and a reader can see what changed.

use std::fmt::Write as _;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 210.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 52.0;
/// Told apart without colours too: see the dashes.
const COLOURS: [&str; 8] = ["#0b5cad", "#c2410c", "#15803d", "#7c3aed", "#0b5cad", "#c2410c", "#15803d", "#7c3aed"];
const DASHES: [&str; 8] = ["none", "none", "none", "none", "6 4", "6 4", "6 4", "6 4"];

/// One curve.
#[derive(Debug, Clone)]
pub struct Curve {
    pub name: String,
    pub points: Vec<(f64, f64)>,
}

/// How an axis counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    Linear,
    Logarithmic,
}

/// An axis: its words, its scale, its ends, and where it is marked.
#[derive(Debug, Clone)]
pub struct Axis {
    pub name: &'static str,
    pub scale: Scale,
    pub from: f64,
    pub to: f64,
    pub marks: Vec<(f64, String)>,
}

impl Axis {
    /// Where `value` is, from 0 to 1.
    fn part(&self, value: f64) -> f64 {
        let at = |value: f64| match self.scale {
            Scale::Linear => value,
            Scale::Logarithmic => value.max(1e-9).ln(),
        };
        ((at(value) - at(self.from)) / (at(self.to) - at(self.from))).clamp(0.0, 1.0)
    }
}

/// Marks at these values.
pub fn marks(values: &[f64]) -> Vec<(f64, String)> {
    values.iter().map(|value| (*value, value.to_string())).collect()
}

/// The picture.
pub fn svg(title: &str, across: &Axis, up: &Axis, curves: &[Curve]) -> String {
    let x = |value: f64| LEFT + across.part(value) * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| HEIGHT - BOTTOM - up.part(value) * (HEIGHT - TOP - BOTTOM);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n\
         <text x=\"{LEFT}\" y=\"24\" font-size=\"16\">{title}</text>\n"
    );
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    for (value, name) in &up.marks {
        let (at, label) = (y(*value), y(*value) + 4.0);
        line(&mut text, [LEFT, at, right, at], "#d4d4d4");
        writeln!(text, "<text x=\"{:.1}\" y=\"{label:.1}\" text-anchor=\"end\">{name}</text>", LEFT - 6.0).unwrap();
    }
    for (value, name) in &across.marks {
        let at = x(*value);
        line(&mut text, [at, TOP, at, bottom], "#ececec");
        writeln!(text, "<text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{name}</text>", bottom + 18.0).unwrap();
    }
    line(&mut text, [LEFT, bottom, right, bottom], "#404040");
    line(&mut text, [LEFT, TOP, LEFT, bottom], "#404040");
    let middle = f64::midpoint(LEFT, right);
    writeln!(text, "<text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>", bottom + 40.0, across.name)
        .unwrap();
    writeln!(text, "<text x=\"{LEFT}\" y=\"{:.1}\" fill=\"#404040\">{}</text>", TOP - 6.0, up.name).unwrap();
    for (n, curve) in curves.iter().enumerate() {
        let (colour, dash) = (COLOURS[n % COLOURS.len()], DASHES[n % DASHES.len()]);
        let points: Vec<String> = curve.points.iter().map(|(a, b)| format!("{:.1},{:.1}", x(*a), y(*b))).collect();
        let stroke = format!("fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"");
        writeln!(text, "<polyline points=\"{}\" {stroke}/>", points.join(" ")).unwrap();
        let at = TOP + 10.0 + 22.0 * f64::from(u32::try_from(n).unwrap());
        let (begin, end) = (right + 14.0, right + 42.0);
        writeln!(text, "<polyline points=\"{begin},{at} {end},{at}\" {stroke}/>").unwrap();
        writeln!(text, "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>", end + 6.0, at + 4.0, curve.name).unwrap();
    }
    text.push_str("</svg>\n");
    text
}

fn line(text: &mut String, [x1, y1, x2, y2]: [f64; 4], colour: &str) {
    writeln!(text, "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\"/>").unwrap();
}
