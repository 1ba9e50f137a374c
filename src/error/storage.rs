//! MapStorageSCode: the storage codes as MAPI's codes.

use super::Code;

/// Maps a storage, COM or Win32 code to the MAPI code that a message method answers.
///
/// Success codes give 0; codes of MAPI itself pass; whatever is not in the table gives
/// [`Code::CallFailed`]. Pure: touches no state.
///
/// Spec: C-247, C-248 (imessage-contract 5).
///
/// # Example
/// ```
/// use openimsg::{Code, map_storage_scode};
///
/// assert_eq!(map_storage_scode(0x8003_0070), Code::NotEnoughDisk.scode());
/// assert_eq!(map_storage_scode(0x0003_0204), 0);
/// ```
#[must_use]
pub fn map_storage_scode(scode: u32) -> u32 {
    if scode < 0x8000_0000 {
        return 0;
    }
    let code = match scode {
        0x8003_0305..=0x8003_030B => Code::NoAccess,
        0x8000_4001 => Code::NoSupport,
        0x8000_4003 => Code::InvalidParameter,
        0x8000_4004 => Code::UserCancel,
        0x8000_000A => Code::Busy,
        0x8007_0006 => Code::InvalidObject,
        0x8007_0002 | 0x8007_0003 => Code::NotFound,
        0x8007_0004 => Code::NotEnoughResources,
        0x8007_0013 | 0x8007_0020 | 0x8007_0021 => Code::NoAccess,
        0x8007_001D | 0x8007_001E => Code::DiskError,
        0x8007_0050 | 0x8007_00B7 => Code::Collision,
        0x8007_0070 => Code::NotEnoughDisk,
        _ => Code::from_scode(scode).map_or(Code::CallFailed, map_storage_code),
    };
    code.scode()
}

/// The same for a code that is already known by name; MAPI's own codes pass unchanged.
#[must_use]
pub const fn map_storage_code(code: Code) -> Code {
    match code {
        Code::StgInvalidFunction
        | Code::StgUnimplementedFunction
        | Code::StgNotFileBasedStorage
        | Code::StgNotSimpleFormat => Code::NoSupport,
        Code::StgFileNotFound | Code::StgPathNotFound | Code::StgNoMoreFiles => Code::NotFound,
        Code::StgTooManyOpenFiles => Code::NotEnoughResources,
        Code::StgAccessDenied
        | Code::StgDiskIsWriteProtected
        | Code::StgShareViolation
        | Code::StgLockViolation => Code::NoAccess,
        Code::StgInvalidHandle => Code::InvalidObject,
        Code::StgInsufficientMemory => Code::NotEnoughMemory,
        Code::StgInvalidPointer | Code::StgInvalidParameter | Code::StgInvalidName => {
            Code::InvalidParameter
        }
        Code::StgSeekError | Code::StgWriteFault | Code::StgReadFault | Code::StgCantSave => {
            Code::DiskError
        }
        Code::StgFileAlreadyExists => Code::Collision,
        Code::StgMediumFull => Code::NotEnoughDisk,
        Code::StgPropSetMismatched
        | Code::StgInvalidHeader
        | Code::StgDocFileCorrupt
        | Code::StgIncomplete => Code::CorruptData,
        Code::StgAbnormalApiExit
        | Code::StgUnknown
        | Code::StgShareRequired
        | Code::StgBadBaseAddress => Code::CallFailed,
        Code::StgInvalidFlag => Code::UnknownFlags,
        Code::StgInUse | Code::StgExtantMarshallings => Code::Busy,
        Code::StgNotCurrent => Code::ObjectChanged,
        Code::StgReverted => Code::ObjectDeleted,
        Code::StgOldFormat | Code::StgOldDll => Code::Version,
        Code::StgDocFileTooLarge => Code::TooBig,
        Code::StgTerminated => Code::UserCancel,
        other => other,
    }
}
