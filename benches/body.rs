//! The codecs of bodies: compressed RTF to and fro, HTML and text out of RTF, HTML into RTF.
//!
//! Each is measured beside a copy of the bytes that go in (the floor), compressed RTF beside the
//! `compressed-rtf` crate too, and beside `compressed_rtf` and `RTFDE` where the Python that
//! `OPENIMSG_PYTHON` names has them. All contenders of a contest run in one process, one after the other in
//! every round, each round starting with another one; a line gives the sum of the medians of the
//! inputs as MB/s of RTF or HTML without compression, and its ratio to the floor.
//! `cargo bench --bench body`; further arguments: `-- --rounds=N`, `-- --only=CONTEST`.
#![allow(clippy::unwrap_used, reason = "a bench stops at the first surprise")]
#![allow(clippy::print_stdout, reason = "the table is what it is for")]

mod common;
#[path = "common/python.rs"]
mod python;

use common::{is_measuring, median, option, touch};
use openimsg::{CompoundFile, Message, Validation, body, tags::PR_RTF_COMPRESSED};
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

/// The most bytes of RTF in one value.
const LIMIT: u64 = 256 << 20;

/// A body in all the forms that are measured.
struct Input {
    /// The value of `PR_RTF_COMPRESSED`, as some other program stored it, or as we would.
    stored: Vec<u8>,
    rtf: Vec<u8>,
    /// The same as text, if it is ASCII: what the other crate can compress.
    text: Option<String>,
    /// Compressed by us, so that both crates read the same tokens.
    ours: Vec<u8>,
    kind: body::RtfKind,
    html: String,
}

impl Input {
    fn new(stored: Vec<u8>) -> Option<Input> {
        let rtf = body::rtf_decompress(&stored, Validation::Lenient, LIMIT).ok()?.bytes;
        let html = body::rtf_to_html(&rtf, &body::RtfOptions::default()).ok()?.text;
        Some(Input {
            text: String::from_utf8(rtf.clone()).ok().filter(|text| text.is_ascii()),
            ours: body::rtf_compress(&rtf),
            kind: body::rtf_kind(&rtf),
            stored,
            rtf,
            html,
        })
    }
}

/// Who does the work: a sum over what came out, `None` for an input that it refuses.
struct Contender {
    name: &'static str,
    work: fn(&Input) -> Option<u64>,
}

/// The bytes of an input that a codec gets.
type Value = fn(&Input) -> &[u8];

/// Contenders for one work, the copy first.
struct Contest {
    what: &'static str,
    /// Bytes that a run on the input is worth; `None` keeps the input out.
    bytes: fn(&Input) -> Option<usize>,
    contenders: &'static [Contender],
    /// What a codec for Python would do, and with which bytes.
    python: Option<(python::Work, Value)>,
}

fn copied(bytes: &[u8]) -> Option<u64> {
    Some(black_box(bytes.to_vec()).len() as u64)
}

const COPY_RTF: Contender = Contender { name: "copy", work: |input| copied(&input.rtf) };

const CONTESTS: [Contest; 5] = [
    Contest {
        what: "decompress",
        python: Some((python::Work::Decompress, |input| &input.ours)),
        bytes: |input| input.text.as_ref().map(String::len),
        contenders: &[
            COPY_RTF,
            Contender {
                name: "openimsg",
                work: |input| {
                    let rtf = body::rtf_decompress(&input.ours, Validation::Lenient, LIMIT).ok()?;
                    Some(touch(&rtf.bytes))
                },
            },
            Contender {
                name: "compressed-rtf",
                work: |input| {
                    let rtf = compressed_rtf::decompress_rtf(&input.ours).ok()?;
                    Some(touch(rtf.as_bytes()))
                },
            },
        ],
    },
    Contest {
        what: "compress",
        python: Some((python::Work::Compress, |input| &input.rtf)),
        bytes: |input| input.text.as_ref().map(String::len),
        contenders: &[
            COPY_RTF,
            Contender {
                name: "openimsg",
                work: |input| Some(touch(&body::rtf_compress(&input.rtf))),
            },
            Contender {
                name: "compressed-rtf",
                work: |input| {
                    Some(touch(&compressed_rtf::compress_rtf(input.text.as_ref()?).ok()?))
                },
            },
        ],
    },
    Contest {
        what: "to HTML",
        python: Some((python::Work::DeEncapsulate, |input| &input.rtf)),
        bytes: |input| (input.kind == body::RtfKind::Html).then_some(input.rtf.len()),
        contenders: &[
            COPY_RTF,
            Contender {
                name: "openimsg",
                work: |input| {
                    let html = body::rtf_to_html(&input.rtf, &body::RtfOptions::default());
                    Some(touch(html.ok()?.text.as_bytes()))
                },
            },
        ],
    },
    Contest {
        what: "to text",
        python: None,
        bytes: |input| Some(input.rtf.len()),
        contenders: &[
            COPY_RTF,
            Contender {
                name: "openimsg",
                work: |input| {
                    let text = body::rtf_to_text(&input.rtf, &body::RtfOptions::default());
                    Some(touch(text.ok()?.text.as_bytes()))
                },
            },
        ],
    },
    Contest {
        what: "HTML into RTF",
        python: None,
        bytes: |input| (input.kind == body::RtfKind::Html).then_some(input.html.len()),
        contenders: &[
            Contender { name: "copy", work: |input| copied(input.html.as_bytes()) },
            Contender {
                name: "openimsg",
                work: |input| Some(touch(&body::html_to_rtf(&input.html))),
            },
        ],
    },
];

/// The bodies of the corpus, or of letters of our own.
fn inputs() -> Vec<Input> {
    if let Some(corpus) = std::env::var_os("OPENIMSG_CORPUS").filter(|corpus| !corpus.is_empty()) {
        println!("bodies: those of the corpus that OPENIMSG_CORPUS names");
        let entries = std::fs::read_dir(Path::new(&corpus).join("msg")).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let stored = |path: &Path| {
            let message = Message::open(CompoundFile::open(path).ok()?).ok()?;
            openimsg::MapiProp::get(&message, PR_RTF_COMPRESSED).ok()?
        };
        return paths.iter().filter_map(|path| Input::new(stored(path)?)).collect();
    }
    println!("bodies: letters that we made ourselves; OPENIMSG_CORPUS names no corpus");
    let letter = |paragraphs: usize| {
        let mut html = String::from("<html><head><style>p {margin:0}</style></head><body>\r\n");
        for at in 0..paragraphs {
            html.push_str(&format!(
                "<p class=MsoNormal><span style='color:#1F497D'>Dear reader {at}, caf\u{E9} {} &amp; \
                 <b>noon</b> at <a href=\"https://example.org/{}\">the harbour</a></span></p>\r\n",
                at * 7919 % 1000,
                at * 104_729 % 10_007
            ));
        }
        html.push_str("</body></html>\r\n");
        Input::new(body::rtf_compress(&body::html_to_rtf(&html))).unwrap()
    };
    [1, 5, 20, 100, 1000].into_iter().map(letter).collect()
}

/// How long our values are beside those that were stored.
fn ratio(inputs: &[Input]) {
    let compressed: Vec<_> =
        inputs.iter().filter(|input| input.stored.get(8..12) == Some(b"LZFu")).collect();
    let sum = |len: fn(&Input) -> usize| compressed.iter().map(|input| len(input)).sum::<usize>();
    let (rtf, stored, ours) = (
        sum(|input| input.rtf.len()),
        sum(|input| input.stored.len()),
        sum(|input| input.ours.len()),
    );
    let longer =
        compressed.iter().filter(|input| input.ours.len() * 100 > input.stored.len() * 102).count();
    println!(
        "compressed values: {}, {rtf} bytes of RTF; stored {stored}, ours {ours}: {:+.2} % (wanted: \
         within 2 %); {longer} of ours are more than 2 % longer\n",
        compressed.len(),
        (ours as f64 / stored as f64 - 1.0) * 100.0
    );
}

fn run(contest: &Contest, inputs: &[Input], rounds: usize) {
    let chosen: Vec<_> =
        inputs.iter().filter_map(|input| Some((input, (contest.bytes)(input)?))).collect();
    let bytes: usize = chosen.iter().map(|(_, bytes)| bytes).sum();
    // An input that somebody refuses is outside of the contest; which ones are is told.
    let refusals =
        |input: &Input| contest.contenders.iter().filter(|one| (one.work)(input).is_none()).count();
    let taken: Vec<_> = chosen.iter().filter(|(input, _)| refusals(input) == 0).collect();
    let worth: usize = taken.iter().map(|(_, bytes)| bytes).sum();
    println!(
        "{}: {} bodies, {worth} bytes{}",
        contest.what,
        taken.len(),
        match chosen.len() - taken.len() {
            0 => String::new(),
            count =>
                format!(" ({count} with {} bytes that one refuses are left out)", bytes - worth),
        }
    );
    let mut times = vec![vec![Vec::new(); taken.len()]; contest.contenders.len()];
    for round in 0..rounds {
        for step in 0..contest.contenders.len() {
            let at = (round + step) % contest.contenders.len();
            let (Some(contender), Some(times)) = (contest.contenders.get(at), times.get_mut(at))
            else {
                continue;
            };
            for ((input, _), times) in taken.iter().zip(times) {
                let start = Instant::now();
                black_box((contender.work)(black_box(input)));
                times.push(start.elapsed().as_secs_f64());
            }
        }
    }
    let sums: Vec<f64> =
        times.iter().map(|inputs| inputs.iter().map(|times| median(times)).sum()).collect();
    let floor = sums.first().copied().unwrap_or(f64::NAN);
    for (contender, time) in contest.contenders.iter().zip(&sums) {
        println!(
            "{:>16} {:>9.2} ms {:>9.0} MB/s {:>8.1} x the copy",
            contender.name,
            time * 1e3,
            worth as f64 / 1e6 / time,
            time / floor
        );
    }
    if let Some((work, value)) = contest.python
        && is_measuring()
    {
        // Once: they need seconds for what is above.
        let inputs: Vec<_> = taken.iter().map(|(input, bytes)| (value(input), *bytes)).collect();
        python::row(work, &inputs, 1);
    }
    println!();
}

fn main() {
    let inputs = inputs();
    let rounds = match option("rounds") {
        Some(rounds) => rounds.parse().unwrap(),
        None if is_measuring() => 21,
        None => 1,
    };
    ratio(&inputs);
    println!("{rounds} rounds; sums of the medians of the bodies\n");
    let only = option("only");
    for contest in &CONTESTS {
        if only.as_deref().is_none_or(|only| only == contest.what) {
            run(contest, &inputs, rounds);
        }
    }
}
