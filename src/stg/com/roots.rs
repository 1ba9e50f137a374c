//! The functions that create, open and recognise compound files: `StgCreateDocfile` and relatives.
//!
//! The order of checks is COM's: the first failure answers. A name is UTF-16 without the zero at the
//! end. On failure the out place holds nothing. Spec: structured-storage 2.2, 2.3.

use super::super::cfb::looks_like_compound_file;
use super::super::{
    Clock, CommitFlags, CompoundFile, ElementKind, ElementName, ElementTimes, LockBytes, MEMBER_RW,
    Mode, Storage, StorageOptions, save,
};
use crate::error::{Code, Error, Result};
use crate::wire::FileTime;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

/// What a function that made or opened a root answers when it worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootSuccess {
    /// `S_OK`.
    Ok,
    /// `STG_S_CONVERTED`: old content became the stream `CONTENTS`.
    Converted,
}

impl RootSuccess {
    /// The SCODE.
    #[must_use]
    pub const fn scode(self) -> u32 {
        match self {
            RootSuccess::Ok => 0,
            RootSuccess::Converted => 0x0003_0200,
        }
    }
}

/// `STGFMT`, what kind of file is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum RootFormat {
    /// `STGFMT_STORAGE`.
    Storage = 0,
    /// `STGFMT_FILE`: not a compound file, and not ours.
    File = 3,
    /// `STGFMT_ANY`.
    Any = 4,
    /// `STGFMT_DOCFILE`.
    DocFile = 5,
}

/// Where a root goes; `None` is a null pointer.
type Out<'a> = Option<&'a mut Option<CompoundFile>>;

fn error(code: Code, doing: &'static str, note: &str) -> Error {
    Error::new(code, doing).note(note)
}

/// The out place, emptied, once it and the reserved argument are as they must be.
fn checked<'a>(
    out: Out<'a>,
    reserved: u32,
    doing: &'static str,
) -> Result<&'a mut Option<CompoundFile>> {
    let out =
        out.ok_or_else(|| error(Code::StgInvalidPointer, doing, "the out pointer is null"))?;
    *out = None;
    match reserved {
        0 => Ok(out),
        _ => Err(error(Code::StgInvalidParameter, doing, "the reserved argument is not 0")),
    }
}

fn path_of(name: &[u16], doing: &'static str) -> Result<PathBuf> {
    let invalid = || error(Code::StgInvalidName, doing, "the name of the file is not valid");
    if name.is_empty() || name.contains(&0) {
        return Err(invalid());
    }
    #[cfg(windows)]
    {
        use std::os::windows::ffi::OsStringExt;
        Ok(PathBuf::from(std::ffi::OsString::from_wide(name)))
    }
    #[cfg(not(windows))]
    String::from_utf16(name).map(PathBuf::from).map_err(|_| invalid())
}

fn made(
    (file, converted): (CompoundFile, bool),
    out: &mut Option<CompoundFile>,
) -> Result<RootSuccess> {
    *out = Some(file);
    Ok(if converted { RootSuccess::Converted } else { RootSuccess::Ok })
}

/// `StgCreateDocfile`. Without a name it makes a temporary file with a name of its own.
///
/// # Errors
/// [`Code::StgInvalidPointer`], [`Code::StgInvalidParameter`], [`Code::StgInvalidFlag`], then those of
/// [`StorageOptions::create_mode`], in this order.
///
/// # Example
/// ```
/// use openimsg::com::roots::{RootSuccess, stg_create_docfile};
/// use openimsg::{Code, Storage};
///
/// let mut root = None;
/// // READWRITE, SHARE_EXCLUSIVE, DELETEONRELEASE; and a share mode that does not go with direct.
/// assert_eq!(stg_create_docfile(None, 0x0400_0012, 0, Some(&mut root))?, RootSuccess::Ok);
/// assert!(root.is_some_and(|root| root.path().is_some()));
/// let refused = stg_create_docfile(None, 0x22, 0, Some(&mut None)).unwrap_err();
/// assert_eq!(refused.code(), Code::StgInvalidFlag);
/// # Ok::<(), openimsg::Error>(())
/// ```
pub fn stg_create_docfile(
    name: Option<&[u16]>,
    mode: u32,
    reserved: u32,
    out: Out<'_>,
) -> Result<RootSuccess> {
    create(&StorageOptions::new(), name, mode, reserved, out)
}

fn create(
    options: &StorageOptions,
    name: Option<&[u16]>,
    mode: u32,
    reserved: u32,
    out: Out<'_>,
) -> Result<RootSuccess> {
    const DOING: &str = "create compound file";
    let out = checked(out, reserved, DOING)?;
    let mode = Mode::from_bits(mode);
    super::super::legal::check_create_root(mode)?;
    let path = name.map(|name| path_of(name, DOING)).transpose()?;
    made(options.create_root(path.as_deref(), mode)?, out)
}

/// `StgCreateStorageEx` for storages: [`stg_create_docfile`] with a choice of the sector size in
/// bytes, which is `STGOPTIONS.ulSectorSize`; `None` is 512.
///
/// # Errors
/// Those of [`stg_create_docfile`]; [`Code::StgInvalidParameter`] for a sector size other than 512
/// and 4096, and for [`RootFormat::File`].
pub fn stg_create_storage_ex(
    name: Option<&[u16]>,
    mode: u32,
    format: RootFormat,
    sector_size: Option<u32>,
    reserved: u32,
    out: Out<'_>,
) -> Result<RootSuccess> {
    const DOING: &str = "create compound file";
    let mut out = out;
    if let Some(out) = out.as_deref_mut() {
        *out = None;
    }
    if !matches!(format, RootFormat::Storage | RootFormat::DocFile) {
        return Err(error(Code::StgInvalidParameter, DOING, "not a format of storages"));
    }
    let large = match sector_size {
        None | Some(512) => false,
        Some(4096) => true,
        Some(_) => {
            return Err(error(Code::StgInvalidParameter, DOING, "sectors have 512 or 4096 bytes"));
        }
    };
    create(&StorageOptions::new().large_sectors(large), name, mode, reserved, out)
}

/// `StgCreateDocfileOnILockBytes`.
///
/// # Errors
/// [`Code::StgInvalidPointer`], [`Code::StgInvalidParameter`], then those of
/// [`StorageOptions::create_on_mode`].
pub fn stg_create_docfile_on_ilock_bytes(
    bytes: Option<Arc<dyn LockBytes>>,
    mode: u32,
    reserved: u32,
    out: Out<'_>,
) -> Result<RootSuccess> {
    const DOING: &str = "create compound file";
    let out = checked(out, reserved, DOING)?;
    let bytes = bytes.ok_or_else(|| error(Code::StgInvalidPointer, DOING, "no lock bytes"))?;
    made(StorageOptions::new().create_root_on(bytes, Mode::from_bits(mode))?, out)
}

/// What to open beside the name: the arguments that are mostly null.
#[derive(Debug, Default)]
pub struct Opening<'a> {
    /// A root opened with [`Mode::PRIORITY`]. Its file is reopened, whatever the name says, and it
    /// is released in every case.
    pub priority: Option<CompoundFile>,
    /// Members of the root that are emptied (`SNB`); those that are not there are no failure.
    pub exclude: Option<&'a [ElementName]>,
    /// Must be 0.
    pub reserved: u32,
}

/// `StgOpenStorage`.
///
/// # Errors
/// [`Code::StgInvalidName`] without a name and a priority storage; [`Code::StgInvalidPointer`],
/// [`Code::StgInvalidParameter`], then those of [`StorageOptions::open_mode`]; what emptying members
/// answers, [`Code::StgAccessDenied`] for a direct root opened for reading.
///
/// # Example
/// ```
/// use openimsg::CompoundFile;
/// use openimsg::com::roots::{Opening, stg_open_storage};
/// # let path = std::env::temp_dir().join(format!("openimsg-peek-{}.msg", std::process::id()));
/// # CompoundFile::create_or_replace(&path)?.finish()?;
///
/// let name: Vec<u16> = path.to_str().unwrap().encode_utf16().collect();
/// let mut peek = None;
/// stg_open_storage(Some(&name), Opening::default(), 0x4_0000, Some(&mut peek))?;
/// // .. look, then open for a transaction, denying writing:
/// let again = Opening { priority: peek, ..Opening::default() };
/// let mut root = None;
/// stg_open_storage(None, again, 0x1_0022, Some(&mut root))?;
/// # drop(root);
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), openimsg::Error>(())
/// ```
pub fn stg_open_storage(
    name: Option<&[u16]>,
    opening: Opening<'_>,
    mode: u32,
    out: Out<'_>,
) -> Result<RootSuccess> {
    const DOING: &str = "open compound file";
    let Opening { priority, exclude, reserved } = opening;
    let path = priority.as_ref().and_then(CompoundFile::path);
    // Released in every case, and first: the new opener must not meet its locks.
    if let Some(priority) = priority {
        priority.close();
    }
    let mut out = out;
    if let Some(out) = out.as_deref_mut() {
        *out = None;
    }
    let path = match (path, name) {
        (Some(path), _) => path,
        (None, Some(name)) => path_of(name, DOING)?,
        (None, None) => return Err(error(Code::StgInvalidName, DOING, "the name is null")),
    };
    let out = checked(out, reserved, DOING)?;
    let file = StorageOptions::new().open_mode(path, Mode::from_bits(mode))?;
    empty(&file, exclude.unwrap_or_default())?;
    made((file, false), out)
}

/// `StgOpenStorageOnILockBytes`; a priority storage must lie on the same bytes.
///
/// # Errors
/// As [`stg_open_storage`], with [`Code::StgInvalidPointer`] for bytes that are not given.
pub fn stg_open_storage_on_ilock_bytes(
    bytes: Option<Arc<dyn LockBytes>>,
    opening: Opening<'_>,
    mode: u32,
    out: Out<'_>,
) -> Result<RootSuccess> {
    const DOING: &str = "open compound file";
    let Opening { priority, exclude, reserved } = opening;
    if let Some(priority) = priority {
        priority.close();
    }
    let out = checked(out, reserved, DOING)?;
    let bytes = bytes.ok_or_else(|| error(Code::StgInvalidPointer, DOING, "no lock bytes"))?;
    let file = StorageOptions::new().open_on_mode(bytes, Mode::from_bits(mode))?;
    empty(&file, exclude.unwrap_or_default())?;
    made((file, false), out)
}

/// Empties members: streams get no bytes, storages no members.
fn empty(file: &CompoundFile, names: &[ElementName]) -> Result<()> {
    for name in names {
        let stats = file.elements()?;
        let Some(stat) = stats.iter().find(|stat| stat.name.as_ref() == Some(name)) else {
            continue;
        };
        match stat.kind {
            ElementKind::Stream => file.open_stream(name, MEMBER_RW)?.set_size(0)?,
            ElementKind::Storage => {
                let storage = file.open_storage(name, MEMBER_RW)?;
                for member in storage.elements()?.iter().filter_map(|stat| stat.name.as_ref()) {
                    storage.destroy_element(member)?;
                }
            }
        }
    }
    Ok(())
}

/// `StgIsStorageFile`: whether a file begins as a compound file does. Reads 8 bytes.
///
/// # Errors
/// [`Code::StgInvalidName`], [`Code::StgFileNotFound`], [`Code::StgPathNotFound`] and what else the
/// disk answers.
pub fn stg_is_storage_file(name: Option<&[u16]>) -> Result<bool> {
    const DOING: &str = "look at file";
    let name = name.ok_or_else(|| error(Code::StgInvalidName, DOING, "the name is null"))?;
    let path = path_of(name, DOING)?;
    let fail = |e| save::error_at(e, Code::StgReadFault, DOING, &path);
    let mut head = Vec::new();
    let file = std::fs::File::open(&path).map_err(fail)?;
    file.take(8).read_to_end(&mut head).map_err(fail)?;
    Ok(looks_like_compound_file(&head))
}

/// `StgIsStorageILockBytes`: the same of lock bytes.
///
/// # Errors
/// [`Code::StgInvalidPointer`] for bytes that are not given, and those of the bytes.
pub fn stg_is_storage_ilock_bytes(bytes: Option<&dyn LockBytes>) -> Result<bool> {
    const DOING: &str = "look at lock bytes";
    let bytes = bytes.ok_or_else(|| error(Code::StgInvalidPointer, DOING, "no lock bytes"))?;
    let mut head = [0; 8];
    let got = bytes.read_at(0, &mut head)?;
    Ok(looks_like_compound_file(head.get(..got).unwrap_or_default()))
}

/// `StgSetTimes`: sets the time of modification of a file's root, and writes it. A root stores no
/// times of creation and access; they are accepted.
///
/// # Errors
/// [`Code::StgInvalidName`], and those of opening and of [`Storage::commit`].
pub fn stg_set_times(
    name: Option<&[u16]>,
    created: Option<FileTime>,
    accessed: Option<FileTime>,
    modified: Option<FileTime>,
) -> Result<()> {
    const DOING: &str = "set times";
    let _ = accessed;
    let name = name.ok_or_else(|| error(Code::StgInvalidName, DOING, "the name is null"))?;
    // A commit stamps the root with the time of its clock.
    let clock = modified.map_or(Clock::System, Clock::Fixed);
    let file = StorageOptions::new().clock(clock).edit(path_of(name, DOING)?)?;
    if modified.is_none() {
        return Ok(());
    }
    file.set_element_times(None, ElementTimes { created, modified })?;
    file.commit(CommitFlags::empty()).map(drop)
}
