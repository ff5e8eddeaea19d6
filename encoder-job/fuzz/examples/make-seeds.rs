//! Writes the seeds of all targets: `make-seeds DIR` fills a folder in it for each.

use std::{env, fs, io, path::Path};

fn main() -> io::Result<()> {
    let Some(directory) = env::args_os().nth(1) else {
        return Err(io::Error::other("name the folder for the seeds: make-seeds DIR"));
    };
    let seeds = encoder_job_fuzz::seeds::all();
    for seed in &seeds {
        let folder = Path::new(&directory).join(seed.target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(&seed.name), &seed.bytes)?;
    }
    println!("{} seeds", seeds.len());
    Ok(())
}
