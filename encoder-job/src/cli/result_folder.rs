//! Writing a result into a folder.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use encoder_job::{encode::Encoded, output::MANIFEST_NAME};

/// Writes the data files, then the manifest: whoever sees a manifest sees what it names.
pub(super) fn write(directory: &Path, encoded: &Encoded) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let manifest = encoded.manifest.to_bytes();
    match fs::remove_file(directory.join(MANIFEST_NAME)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let files = &encoded.files;
    for (name, bytes) in [
        (files.metadata.name.as_str(), &files.metadata.bytes),
        (files.index.name.as_str(), &files.index.bytes),
        (MANIFEST_NAME, &manifest),
    ] {
        let unfinished = directory.join(format!("{name}.part"));
        let mut file = fs::File::create(&unfinished)?;
        file.write_all(bytes)?;
        fs::rename(&unfinished, directory.join(name))?;
    }
    Ok(())
}
