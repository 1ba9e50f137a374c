//! What codecs of bodies for Python need for the same work, where they are installed.
#![allow(clippy::unwrap_used, reason = "a bench stops at the first surprise")]
#![allow(clippy::print_stdout, reason = "a bench says what it measures")]

use std::io::Write;
use std::process::{Command, Stdio};

/// Reads work (0 decompress, 1 compress, 2 de-encapsulate), rounds and values from its input; prints
/// for each value the median of its seconds, or nothing if the codec refuses it.
const SCRIPT: &str = r#"
import struct, sys, time
data = sys.stdin.buffer.read()
work, rounds = data[0], data[1]
try:
    if work == 2:
        import logging
        logging.disable(logging.CRITICAL)
        from RTFDE.deencapsulate import DeEncapsulator
        def run(value):
            reader = DeEncapsulator(value)
            reader.deencapsulate()
            return reader.html
    else:
        import compressed_rtf
        run = [compressed_rtf.decompress, compressed_rtf.compress][work]
except ImportError as error:
    print("missing", error.name)
    sys.exit()
at = 2
while at < len(data):
    (size,) = struct.unpack_from("<I", data, at)
    value = data[at + 4:at + 4 + size]
    at += 4 + size
    times = []
    try:
        for _ in range(rounds):
            start = time.perf_counter()
            run(value)
            times.append(time.perf_counter() - start)
        print(sorted(times)[len(times) // 2])
    except Exception:
        print("refused")
"#;

/// What a codec for Python is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Decompress,
    Compress,
    DeEncapsulate,
}

/// Prints a line for the codec of the Python that `OPENIMSG_PYTHON` names, `python3` by default. Each
/// input is a value and how many bytes it is worth.
pub(crate) fn row(work: Work, inputs: &[(&[u8], usize)], rounds: u8) {
    let name = match work {
        Work::Decompress | Work::Compress => "Python",
        Work::DeEncapsulate => "RTFDE",
    };
    let python = std::env::var_os("OPENIMSG_PYTHON").unwrap_or_else(|| "python3".into());
    let command = Command::new(&python)
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = command else {
        println!("{name:>16} skipped: there is no Python");
        return;
    };
    let mut given = vec![work as u8, rounds];
    for (value, _) in inputs {
        given.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
        given.extend_from_slice(value);
    }
    // A child that has nothing to say may be gone already.
    let _ = child.stdin.take().unwrap().write_all(&given);
    let said = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&said.stdout);
    if let Some(missing) = said.trim().strip_prefix("missing ") {
        println!("{name:>16} skipped: this Python has no {missing}");
        return;
    }
    let (mut time, mut bytes, mut refused) = (0.0, 0, 0);
    for (line, (_, worth)) in said.lines().zip(inputs) {
        match line.parse::<f64>() {
            Ok(seconds) => {
                time += seconds;
                bytes += worth;
            }
            Err(_) => refused += 1,
        }
    }
    let speed = bytes as f64 / 1e6 / time;
    println!(
        "{name:>16} {:>9.2} ms {speed:>9.2} MB/s, {rounds} rounds, {bytes} bytes, {refused} refused",
        time * 1e3
    );
}
