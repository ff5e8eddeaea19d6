//! Writes the seeds of all targets: `fuzz-seeds DIR` fills a folder in it for each.

use std::{env, fs, io, path::Path, process::ExitCode};

const USAGE: &str =
    "Writes the seeds of all fuzz targets: a folder in DIR for each.\n\nUsage: fuzz-seeds DIR";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [help] if help == "--help" || help == "-h" => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        [directory] if !directory.starts_with('-') => match write(Path::new(directory)) {
            Ok(count) => {
                println!("{count} seeds");
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("fuzz-seeds: unable to write seeds to {directory}: {error}");
                ExitCode::FAILURE
            }
        },
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(64)
        }
    }
}

/// Writes all seeds, and returns how many there are.
fn write(directory: &Path) -> io::Result<usize> {
    let seeds = fuzz_seeds::all();
    for seed in &seeds {
        let folder = directory.join(seed.target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(&seed.name), &seed.bytes)?;
    }
    Ok(seeds.len())
}
