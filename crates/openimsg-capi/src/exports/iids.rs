//! Identifiers of interfaces and property sets, for programs that define none of their own. On Windows
//! the system's libraries have COM's, and programs define MAPI's.
#![cfg(not(windows))]

use crate::abi::GUID;

/// Gives identifiers the names that the headers declare.
macro_rules! identifiers {
    ($($name:ident = $data1:literal;)*) => {$(
        #[allow(unsafe_code, non_upper_case_globals, reason = "C's")]
        #[unsafe(no_mangle)]
        pub(crate) static $name: GUID = mapi($data1);
    )*};
}

/// An identifier of COM's and MAPI's common form.
const fn mapi(data1: u32) -> GUID {
    GUID { data1, data2: 0, data3: 0, data4: [0xC0, 0, 0, 0, 0, 0, 0, 0x46] }
}

identifiers! {
    IID_IUnknown = 0;
    IID_IMalloc = 0x02;
    IID_ILockBytes = 0x0A;
    IID_IStorage = 0x0B;
    IID_IStream = 0x0C;
    IID_IEnumSTATSTG = 0x0D;
    IID_IRootStorage = 0x12;
    IID_IMAPITable = 0x0002_0301;
    IID_IMAPIAdviseSink = 0x0002_0302;
    IID_IMAPIProp = 0x0002_0303;
    IID_IMessage = 0x0002_0307;
    IID_IAttachment = 0x0002_0308;
    IID_IMAPISup = 0x0002_030F;
    IID_IMAPIProgress = 0x0002_031F;
    IID_IStreamDocfile = 0x0002_032C;
    PS_MAPI = 0x0002_0328;
    PS_PUBLIC_STRINGS = 0x0002_0329;
    PS_INTERNET_HEADERS = 0x0002_0386;
    PSETID_Appointment = 0x0006_2002;
    PSETID_Task = 0x0006_2003;
    PSETID_Address = 0x0006_2004;
    PSETID_Common = 0x0006_2008;
    PSETID_Log = 0x0006_200A;
    PSETID_Note = 0x0006_200E;
}

#[allow(unsafe_code, non_upper_case_globals, reason = "C's")]
#[unsafe(no_mangle)]
pub(crate) static GUID_NULL: GUID = GUID { data1: 0, data2: 0, data3: 0, data4: [0; 8] };

#[allow(unsafe_code, non_upper_case_globals, reason = "C's")]
#[unsafe(no_mangle)]
pub(crate) static IID_ISequentialStream: GUID = GUID {
    data1: 0x0C73_3A30,
    data2: 0x2A1C,
    data3: 0x11CE,
    data4: [0xAD, 0xE5, 0x00, 0xAA, 0x00, 0x44, 0x77, 0x3D],
};

#[allow(unsafe_code, non_upper_case_globals, reason = "C's")]
#[unsafe(no_mangle)]
pub(crate) static PSETID_Meeting: GUID = GUID {
    data1: 0x6ED8_DA90,
    data2: 0x450B,
    data3: 0x101B,
    data4: [0x98, 0xDA, 0x00, 0xAA, 0x00, 0x3F, 0x13, 0x05],
};
