//! Printing for people.

/// `println!` that does not panic when nobody reads on (`cargo xtask spec | head`):
/// what counts is the exit code.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _nobody_reads = writeln!(std::io::stdout(), $($text)*);
    }};
}
pub(crate) use say;
