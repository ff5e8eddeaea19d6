//! Writes the bad files of the tests into a folder, to be tried elsewhere: on a cluster, or with another program.
//!
//! ```sh
//! cargo run --example make-bad-files -- DIR
//! ```
#![allow(
    clippy::assigning_clones,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::needless_pass_by_value,
    reason = "small files, put together as plainly as can be"
)]

#[path = "../tests/bad_files/mod.rs"]
mod generator;

use std::{fs, io, path::PathBuf};

use clap::Parser;

/// Writes some hundred bad files into a folder
#[derive(Parser)]
struct Arguments {
    /// The folder; it is made where it is not there
    directory: PathBuf,
    /// How many mebibytes a bomb becomes
    #[arg(long, default_value_t = 2048, value_name = "MEBIBYTES")]
    bomb: usize,
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    fs::create_dir_all(&arguments.directory)?;
    let files = generator::all(arguments.bomb << 20);
    let bytes: usize = files.iter().map(|file| file.bytes.len()).sum();
    for file in &files {
        fs::write(arguments.directory.join(&file.name), &file.bytes)?;
    }
    println!("{} files, {} MiB", files.len(), bytes >> 20);
    Ok(())
}
