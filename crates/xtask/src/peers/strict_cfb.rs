//! The `cfb` crate in strict mode: the container only, every stream read.

use super::Note;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub(super) fn read(path: &Path) -> Vec<Note> {
    match read_all(path) {
        Ok(notes) => notes,
        Err(error) => vec![Note::Complaint(error.to_string())],
    }
}

fn read_all(path: &Path) -> io::Result<Vec<Note>> {
    let mut file = cfb::CompoundFile::open_strict(File::open(path)?)?;
    let mut notes = Vec::new();
    let streams: Vec<_> = file.walk().filter(|entry| entry.is_stream()).collect();
    for entry in streams {
        let name = entry.path().display();
        let mut bytes = Vec::new();
        match file.open_stream(entry.path()).and_then(|mut stream| stream.read_to_end(&mut bytes)) {
            Ok(got) if u64::try_from(got) == Ok(entry.len()) => {}
            Ok(got) => notes.push(format!("{name}: {got} bytes of {}", entry.len())),
            Err(error) => notes.push(format!("{name}: {error}")),
        }
    }
    Ok(notes.into_iter().map(Note::Complaint).collect())
}
