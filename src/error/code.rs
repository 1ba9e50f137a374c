//! The SCODE table: every result code that this library answers.
//!
//! One row per code: Rust name, value, MAPI name, text, cause. Add a code here or nowhere;
//! the C header and the Python exceptions are generated from [`Code::ALL`].

use std::fmt;

/// Whose fault a failure is. Each [`Code`] belongs to exactly one cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The input breaks the format.
    Input,
    /// The caller asked for something that cannot be had.
    Caller,
    /// The machine failed: disk, memory, another process.
    Machine,
    /// A limit that guards against hostile input was reached.
    Limit,
}

macro_rules! codes {
    ($($name:ident = $value:literal, $mapi:ident, $cause:ident, $text:literal;)+) => {
        /// A MAPI or structured-storage result code (SCODE).
        ///
        /// The numeric value is MAPI's; see [`Code::scode`]. Spec: imessage-contract 0.2,
        /// structured-storage 2.1.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[repr(u32)]
        pub enum Code {
            $(
                #[doc = concat!("`", stringify!($mapi), "` (", stringify!($value), "): ", $text, ".")]
                $name = $value,
            )+
        }

        impl Code {
            /// Every code, in ascending order of cause groups as in the source table.
            pub const ALL: &'static [Code] = &[$(Code::$name),+];

            /// MAPI's name of the code, such as `MAPI_E_NOT_FOUND`.
            #[must_use]
            pub const fn mapi_name(self) -> &'static str {
                match self { $(Code::$name => stringify!($mapi)),+ }
            }

            /// What the code means, in a few words.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Code::$name => $text),+ }
            }

            /// Whose fault it is.
            #[must_use]
            pub const fn cause(self) -> Cause {
                match self { $(Code::$name => Cause::$cause),+ }
            }

            /// The code with this value, if this library knows it.
            #[must_use]
            pub const fn from_scode(value: u32) -> Option<Code> {
                match value { $($value => Some(Code::$name),)+ _ => None }
            }
        }
    };
}

codes! {
    CallFailed             = 0x8000_4005, MAPI_E_CALL_FAILED,             Machine, "the call failed for an unexpected reason";
    NotEnoughMemory        = 0x8007_000E, MAPI_E_NOT_ENOUGH_MEMORY,       Machine, "not enough memory, or a value above the size limit of the call";
    InvalidParameter       = 0x8007_0057, MAPI_E_INVALID_PARAMETER,       Caller,  "an argument is not valid";
    InterfaceNotSupported  = 0x8000_4002, MAPI_E_INTERFACE_NOT_SUPPORTED, Caller,  "the object does not have that interface";
    NoAccess               = 0x8007_0005, MAPI_E_NO_ACCESS,               Caller,  "no permission for that change or object";
    NoSupport              = 0x8004_0102, MAPI_E_NO_SUPPORT,              Caller,  "not supported here";
    BadCharWidth           = 0x8004_0103, MAPI_E_BAD_CHARWIDTH,           Caller,  "the string width is not supported";
    StringTooLong          = 0x8004_0105, MAPI_E_STRING_TOO_LONG,         Caller,  "the string is too long";
    UnknownFlags           = 0x8004_0106, MAPI_E_UNKNOWN_FLAGS,           Caller,  "a flag is not known";
    InvalidEntryId         = 0x8004_0107, MAPI_E_INVALID_ENTRYID,         Input,   "the entry identifier is not valid";
    InvalidObject          = 0x8004_0108, MAPI_E_INVALID_OBJECT,          Caller,  "not an object of this library";
    ObjectChanged          = 0x8004_0109, MAPI_E_OBJECT_CHANGED,          Machine, "the object was changed by someone else since it was opened";
    ObjectDeleted          = 0x8004_010A, MAPI_E_OBJECT_DELETED,          Caller,  "the object is closed or deleted";
    Busy                   = 0x8004_010B, MAPI_E_BUSY,                    Machine, "busy with another operation";
    NotEnoughDisk          = 0x8004_010D, MAPI_E_NOT_ENOUGH_DISK,         Machine, "not enough space on the disk";
    NotEnoughResources     = 0x8004_010E, MAPI_E_NOT_ENOUGH_RESOURCES,    Machine, "not enough system resources";
    NotFound               = 0x8004_010F, MAPI_E_NOT_FOUND,               Caller,  "no such property or object";
    Version                = 0x8004_0110, MAPI_E_VERSION,                 Input,   "a version that is not supported";
    UserCancel             = 0x8004_0113, MAPI_E_USER_CANCEL,             Caller,  "cancelled";
    UnableToAbort          = 0x8004_0114, MAPI_E_UNABLE_TO_ABORT,         Caller,  "nothing that could be aborted";
    DiskError              = 0x8004_0116, MAPI_E_DISK_ERROR,              Machine, "reading or writing the disk failed";
    TooComplex             = 0x8004_0117, MAPI_E_TOO_COMPLEX,             Limit,   "too complex, or nested too deeply";
    BadColumn              = 0x8004_0118, MAPI_E_BAD_COLUMN,              Caller,  "the column is not valid";
    ExtendedError          = 0x8004_0119, MAPI_E_EXTENDED_ERROR,          Machine, "an error with details of its own";
    Computed               = 0x8004_011A, MAPI_E_COMPUTED,                Caller,  "the property is computed and cannot be set";
    CorruptData            = 0x8004_011B, MAPI_E_CORRUPT_DATA,            Input,   "the stored bytes break the format";
    Unconfigured           = 0x8004_011C, MAPI_E_UNCONFIGURED,            Caller,  "not configured";
    UnknownCpid            = 0x8004_011E, MAPI_E_UNKNOWN_CPID,            Input,   "the code page is not known";
    UnknownLcid            = 0x8004_011F, MAPI_E_UNKNOWN_LCID,            Input,   "the locale is not known";
    MissingRequiredColumn  = 0x8004_0202, MAPI_E_MISSING_REQUIRED_COLUMN, Caller,  "a required column is missing";
    BadValue               = 0x8004_0301, MAPI_E_BAD_VALUE,               Caller,  "the value is not valid for the property";
    InvalidType            = 0x8004_0302, MAPI_E_INVALID_TYPE,            Caller,  "the property type is not valid here";
    TypeNoSupport          = 0x8004_0303, MAPI_E_TYPE_NO_SUPPORT,         Caller,  "the property type is not supported";
    UnexpectedType         = 0x8004_0304, MAPI_E_UNEXPECTED_TYPE,         Caller,  "the property has another type";
    TooBig                 = 0x8004_0305, MAPI_E_TOO_BIG,                 Limit,   "a count or size is above the limit";
    DeclineCopy            = 0x8004_0306, MAPI_E_DECLINE_COPY,            Caller,  "the copy was declined";
    UnexpectedId           = 0x8004_0307, MAPI_E_UNEXPECTED_ID,           Caller,  "the property identifier is not valid or has no name";
    UnableToComplete       = 0x8004_0400, MAPI_E_UNABLE_TO_COMPLETE,      Machine, "the operation could not be completed";
    Timeout                = 0x8004_0401, MAPI_E_TIMEOUT,                 Machine, "timed out";
    TableEmpty             = 0x8004_0402, MAPI_E_TABLE_EMPTY,             Caller,  "the table is empty";
    TableTooBig            = 0x8004_0403, MAPI_E_TABLE_TOO_BIG,           Limit,   "the table has more rows than asked for";
    InvalidBookmark        = 0x8004_0405, MAPI_E_INVALID_BOOKMARK,        Caller,  "the bookmark is not valid";
    Cancel                 = 0x8004_0501, MAPI_E_CANCEL,                  Caller,  "cancelled";
    CorruptStore           = 0x8004_0600, MAPI_E_CORRUPT_STORE,           Input,   "the store is damaged";
    NoSuppress             = 0x8004_0602, MAPI_E_NO_SUPPRESS,             Caller,  "suppressing is not supported";
    Collision              = 0x8004_0604, MAPI_E_COLLISION,               Caller,  "a thing of that name is there already";
    NotInitialized         = 0x8004_0605, MAPI_E_NOT_INITIALIZED,         Caller,  "not initialised";
    NoRecipients           = 0x8004_0607, MAPI_E_NO_RECIPIENTS,           Caller,  "there are no recipients";
    Submitted              = 0x8004_0608, MAPI_E_SUBMITTED,               Caller,  "already submitted";
    FolderCycle            = 0x8004_060B, MAPI_E_FOLDER_CYCLE,            Caller,  "the target lies inside the source";
    AmbiguousRecip         = 0x8004_0700, MAPI_E_AMBIGUOUS_RECIP,         Caller,  "a recipient is ambiguous";

    StgInvalidFunction     = 0x8003_0001, STG_E_INVALIDFUNCTION,          Caller,  "not supported on this storage or stream";
    StgFileNotFound        = 0x8003_0002, STG_E_FILENOTFOUND,             Caller,  "no such file or element";
    StgPathNotFound        = 0x8003_0003, STG_E_PATHNOTFOUND,             Caller,  "no such directory";
    StgTooManyOpenFiles    = 0x8003_0004, STG_E_TOOMANYOPENFILES,         Machine, "too many open files";
    StgAccessDenied        = 0x8003_0005, STG_E_ACCESSDENIED,             Caller,  "access denied";
    StgInvalidHandle       = 0x8003_0006, STG_E_INVALIDHANDLE,            Caller,  "the handle is not valid";
    StgInsufficientMemory  = 0x8003_0008, STG_E_INSUFFICIENTMEMORY,       Machine, "not enough memory";
    StgInvalidPointer      = 0x8003_0009, STG_E_INVALIDPOINTER,           Caller,  "a required pointer is missing";
    StgNoMoreFiles         = 0x8003_0012, STG_E_NOMOREFILES,              Caller,  "no more elements";
    StgDiskIsWriteProtected = 0x8003_0013, STG_E_DISKISWRITEPROTECTED,    Machine, "the disk is write-protected";
    StgSeekError           = 0x8003_0019, STG_E_SEEKERROR,                Caller,  "cannot seek there";
    StgWriteFault          = 0x8003_001D, STG_E_WRITEFAULT,               Machine, "writing failed";
    StgReadFault           = 0x8003_001E, STG_E_READFAULT,                Machine, "reading failed";
    StgShareViolation      = 0x8003_0020, STG_E_SHAREVIOLATION,           Machine, "the file is in use by another opener";
    StgLockViolation       = 0x8003_0021, STG_E_LOCKVIOLATION,            Machine, "a part of the file is locked by another opener";
    StgFileAlreadyExists   = 0x8003_0050, STG_E_FILEALREADYEXISTS,        Caller,  "exists already, or is not a compound file";
    StgInvalidParameter    = 0x8003_0057, STG_E_INVALIDPARAMETER,         Caller,  "an argument is not valid";
    StgMediumFull          = 0x8003_0070, STG_E_MEDIUMFULL,               Machine, "there is not enough space on the disk";
    StgPropSetMismatched   = 0x8003_00F0, STG_E_PROPSETMISMATCHED,        Input,   "the property set does not match";
    StgAbnormalApiExit     = 0x8003_00FA, STG_E_ABNORMALAPIEXIT,          Machine, "a call ended abnormally";
    StgInvalidHeader       = 0x8003_00FB, STG_E_INVALIDHEADER,            Input,   "the header of the compound file is damaged";
    StgInvalidName         = 0x8003_00FC, STG_E_INVALIDNAME,              Caller,  "the element name is not valid";
    StgUnknown             = 0x8003_00FD, STG_E_UNKNOWN,                  Machine, "an unexpected error";
    StgUnimplementedFunction = 0x8003_00FE, STG_E_UNIMPLEMENTEDFUNCTION,  Caller,  "that function is not implemented";
    StgInvalidFlag         = 0x8003_00FF, STG_E_INVALIDFLAG,              Caller,  "a combination of flags that is not valid";
    StgInUse               = 0x8003_0100, STG_E_INUSE,                    Machine, "in use";
    StgNotCurrent          = 0x8003_0101, STG_E_NOTCURRENT,               Machine, "the storage was changed since it was opened";
    StgReverted            = 0x8003_0102, STG_E_REVERTED,                 Caller,  "the object was closed, destroyed or reverted";
    StgCantSave            = 0x8003_0103, STG_E_CANTSAVE,                 Machine, "cannot save";
    StgOldFormat           = 0x8003_0104, STG_E_OLDFORMAT,                Input,   "a compound file of a format older than any supported";
    StgOldDll              = 0x8003_0105, STG_E_OLDDLL,                   Input,   "made by a newer version than this library";
    StgShareRequired       = 0x8003_0106, STG_E_SHAREREQUIRED,            Machine, "sharing is required";
    StgNotFileBasedStorage = 0x8003_0107, STG_E_NOTFILEBASEDSTORAGE,      Caller,  "the storage does not lie in a file";
    StgExtantMarshallings  = 0x8003_0108, STG_E_EXTANTMARSHALLINGS,       Caller,  "still in use elsewhere";
    StgDocFileCorrupt      = 0x8003_0109, STG_E_DOCFILECORRUPT,           Input,   "the compound file is damaged";
    StgBadBaseAddress      = 0x8003_0110, STG_E_BADBASEADDRESS,           Machine, "wrong base address";
    StgDocFileTooLarge     = 0x8003_0111, STG_E_DOCFILETOOLARGE,          Limit,   "the compound file is too large for its version";
    StgNotSimpleFormat     = 0x8003_0112, STG_E_NOTSIMPLEFORMAT,          Caller,  "not of the simple format";
    StgIncomplete          = 0x8003_0201, STG_E_INCOMPLETE,               Input,   "the file is incomplete";
    StgTerminated          = 0x8003_0202, STG_E_TERMINATED,               Caller,  "the operation was ended";
}

impl Code {
    /// The numeric SCODE, as MAPI's headers define it.
    #[must_use]
    pub const fn scode(self) -> u32 {
        self as u32
    }

    /// Whether this is a structured-storage code (`STG_E_*`).
    #[must_use]
    pub const fn is_storage(self) -> bool {
        self.scode() >> 16 == 0x8003
    }
}

/// Prints MAPI's name, such as `MAPI_E_NOT_FOUND`.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.mapi_name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_names_are_unique() {
        for (at, code) in Code::ALL.iter().enumerate() {
            assert_eq!(Code::from_scode(code.scode()), Some(*code));
            for other in &Code::ALL[at + 1..] {
                assert_ne!(code.scode(), other.scode(), "{code} and {other}");
                assert_ne!(code.mapi_name(), other.mapi_name());
            }
        }
    }
}
