//! The one error type of the library, its code, and where in a file it happened.

mod code;
mod storage;

pub use code::{Cause, Code};
pub use storage::{map_storage_code, map_storage_scode};

use std::fmt;

/// The result of every fallible call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong: a [`Code`], what was being done, where, and the underlying cause.
///
/// One word wide. `Display` prints one line for people; [`Error::code`] is for programs.
///
/// # Example
/// ```
/// use openimsg::{Code, CompoundFile};
///
/// let error = CompoundFile::from_bytes(b"not a compound file".to_vec()).unwrap_err();
/// assert_eq!(error.code(), Code::StgFileAlreadyExists);
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    code: Code,
    doing: &'static str,
    note: Option<String>,
    place: Option<Place>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Where in a file something was found: an element path, a byte offset, and the rule broken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    path: String,
    offset: Option<u64>,
    rule: Option<&'static str>,
}

impl Place {
    /// An element of the file, such as `/__attach_version1.0_#00000001`; empty is the file itself.
    pub fn new(path: impl Into<String>) -> Self {
        Place { path: path.into(), offset: None, rule: None }
    }

    /// Adds the byte offset inside that element (inside the file when the path is empty).
    #[must_use]
    pub fn at(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// Adds the rule that was broken, such as `MS-OXMSG 2.4.1`.
    #[must_use]
    pub fn rule(mut self, rule: &'static str) -> Self {
        self.rule = Some(rule);
        self
    }

    /// The element path; empty when the place is the file itself.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The byte offset, if one is known.
    #[must_use]
    pub fn offset(&self) -> Option<u64> {
        self.offset
    }

    /// The rule that was broken, if one is named.
    #[must_use]
    pub fn broken_rule(&self) -> Option<&'static str> {
        self.rule
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.path.is_empty() { "file" } else { &self.path })?;
        if let Some(offset) = self.offset {
            write!(f, ", byte {offset:#x}")?;
        }
        if let Some(rule) = self.rule {
            write!(f, ", {rule}")?;
        }
        Ok(())
    }
}

impl Error {
    /// A failure while `doing` something, such as `"read attachment table"`.
    #[must_use]
    pub fn new(code: Code, doing: &'static str) -> Self {
        Error(Box::new(Inner { code, doing, note: None, place: None, source: None }))
    }

    /// Adds a detail for people: what was wrong with what, and what to do about it.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.0.note = Some(note.into());
        self
    }

    /// Adds where it happened; a place that is already there stays, since it is nearer the cause.
    #[must_use]
    pub fn place(mut self, place: Place) -> Self {
        self.0.place.get_or_insert(place);
        self
    }

    /// Adds the underlying error.
    #[must_use]
    pub fn source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same failure under another code; the original stays as the source.
    #[must_use]
    pub(crate) fn wrap(self, code: Code, doing: &'static str) -> Self {
        let place = self.0.place.clone();
        let mut outer = Error::new(code, doing);
        outer.0.place = place;
        outer.0.note = self.0.note.clone();
        outer.source(self)
    }

    /// The storage code of an operating-system error, kept as the source.
    #[must_use]
    pub fn from_io(error: std::io::Error, fault: Code, doing: &'static str) -> Self {
        use std::io::ErrorKind as K;
        let code = match error.kind() {
            K::NotFound => Code::StgFileNotFound,
            K::NotADirectory => Code::StgPathNotFound,
            K::PermissionDenied => Code::StgAccessDenied,
            K::AlreadyExists => Code::StgFileAlreadyExists,
            K::StorageFull | K::QuotaExceeded | K::FileTooLarge => Code::StgMediumFull,
            K::ReadOnlyFilesystem => Code::StgDiskIsWriteProtected,
            K::OutOfMemory => Code::StgInsufficientMemory,
            // ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION have no kind of their own.
            _ if cfg!(windows) && error.raw_os_error() == Some(32) => Code::StgShareViolation,
            _ if cfg!(windows) && error.raw_os_error() == Some(33) => Code::StgLockViolation,
            _ => fault,
        };
        Error::new(code, doing).source(error)
    }

    /// The result code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What was being done.
    #[must_use]
    pub fn doing(&self) -> &'static str {
        self.0.doing
    }

    /// Where it happened, if that is known.
    #[must_use]
    pub fn where_(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// The detail for people, if there is one.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.0.note.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { code, doing, note, place, .. } = &*self.0;
        write!(f, "{doing}: {}", code.text())?;
        if let Some(note) = note {
            write!(f, ": {note}")?;
        }
        if let Some(place) = place {
            write!(f, " (at {place})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("code", &self.0.code)
            .field("doing", &self.0.doing)
            .field("note", &self.0.note)
            .field("place", &self.0.place)
            .field("source", &self.0.source)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.source {
            Some(source) => Some(&**source),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_word_and_names_code_place_and_source() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        let io = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let error = Error::from_io(io, Code::StgWriteFault, "commit storage")
            .place(Place::new("/a").at(0x28).rule("MS-OXMSG 2.4"));
        assert_eq!(error.code(), Code::StgMediumFull);
        assert!(std::error::Error::source(&error).is_some());
        let text = error.to_string();
        assert!(text.contains("commit storage") && text.contains("/a, byte 0x28, MS-OXMSG 2.4"));
    }
}
