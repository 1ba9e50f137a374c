//! The bytes below everything: bounds-checked reading, and the scalar types of the formats.
//!
//! Nothing here knows of storages or messages. All integers of the formats are little-endian and
//! unaligned; [`Reader`] is the only place that slices bytes from outside.

pub(crate) mod codepage;
pub(crate) mod crc;
mod filetime;
mod guid;
mod key_hash;
mod reader;
mod text;

pub use codepage::{CodePage, Decoded, Encoded};
pub use filetime::FileTime;
pub use guid::{Guid, ParseGuidError};
pub(crate) use key_hash::KeyMap;
pub(crate) use reader::{Reader, u16_at, u32_at, u64_at};
pub use text::Text;
