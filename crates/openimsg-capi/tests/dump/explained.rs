//! What MAPI's interfaces show differently from the dump, which prints what is stored.

use super::compare::{Difference, Object, What};

/// A difference and its reason.
pub(crate) struct Explained {
    pub(crate) object: Object,
    pub(crate) what: What,
    /// The identifiers of the properties.
    pub(crate) ids: &'static [u16],
    /// What MAPI may say: values or attributes, as JSON; anything if there are none.
    pub(crate) says: &'static [&'static str],
    pub(crate) why: &'static str,
}

const fn row(
    object: Object,
    what: What,
    ids: &'static [u16],
    says: &'static [&'static str],
    why: &'static str,
) -> Explained {
    Explained { object, what, ids, says, why }
}

use Object::{Attachment, Message, Recipient};
use What::{Added, Flags, Hidden, Value, Width};

const TABLES: &str =
    "recipients and attachments are also properties of a message (3.1 GetPropList)";
const SIGNATURE: &str = "made for each opening and never stored (4.1)";
const INSTANCE: &str = "a row's key is made by the table; a stored one is only kept (3.4)";
const COMPUTED: &str = "computed where the file has none (4.2)";
const RENEWED: &str = "always computed, whatever the file holds (4.2)";
const FIXED: &str = "attributes of computed properties are fixed; other writers store 6 (4.2)";
const NO_STREAM: &str = "an entry whose stream is missing: the dump has it among its findings";

const FORM: &str =
    "texts are listed as Unicode or 8-bit, as the caller wants, however they are stored";
const UNREADABLE: &str = "a property that may not be read is not listed (1.6)";

/// Every difference that there may be. Paragraphs are those of the contract.
pub(crate) const EXPLAINED: &[Explained] = &[
    row(Message, Added, &[0x0E12, 0x0E13], &["null"], TABLES),
    row(Message, Added, &[0x0FF8], &[], SIGNATURE),
    row(Attachment, Added, &[0x0FF8], &[], SIGNATURE),
    row(Recipient, Added, &[0x0FF6], &[], INSTANCE),
    row(Recipient, Value, &[0x0FF6], &[], INSTANCE),
    row(Message, Added, &[0x0FFE], &["5"], COMPUTED),
    row(Attachment, Added, &[0x0FFE], &["7"], COMPUTED),
    row(Message, Added, &[0x0FF4], &["2"], COMPUTED),
    row(Message, Added, &[0x0FF7], &["0"], COMPUTED),
    row(Attachment, Added, &[0x0FF4], &["2"], COMPUTED),
    row(Attachment, Added, &[0x0FF7], &["0"], COMPUTED),
    row(Message, Added, &[0x340D], &["3705", "265849"], COMPUTED),
    row(Attachment, Added, &[0x340D], &["3705", "265849"], COMPUTED),
    row(Message, Added, &[0x0E1B], &["true", "false"], COMPUTED),
    row(Message, Added, &[0x0E02, 0x0E03, 0x0E04], &[], COMPUTED),
    row(Message, Added, &[0x003D, 0x0E1D], &[], COMPUTED),
    row(Attachment, Added, &[0x0FF9], &[], COMPUTED),
    row(Message, Added, &[0x0E08], &[], RENEWED),
    row(Message, Value, &[0x0E08], &[], RENEWED),
    row(Attachment, Added, &[0x0E20], &[], RENEWED),
    row(Attachment, Value, &[0x0E20], &[], RENEWED),
    row(Message, Value, &[0x0FF4], &["2"], RENEWED),
    row(Message, Value, &[0x0FF7], &["0"], RENEWED),
    row(Message, Flags, &[0x0E02, 0x0E03, 0x0E04, 0x0E08, 0x0E1B, 0x0E1D], &["2"], FIXED),
    row(Message, Flags, &[0x0FF4, 0x0FF7, 0x0FFE, 0x3007, 0x3008, 0x340D], &["2"], FIXED),
    row(Attachment, Flags, &[0x0E20, 0x0E21, 0x0FF9, 0x0FFE], &["2"], FIXED),
    row(Attachment, Flags, &[0x0FF4, 0x0FF7, 0x340D], &["2"], FIXED),
    row(Message, Added, &[0x0065], &[r#"{"error":"MAPI_E_NOT_FOUND"}"#], NO_STREAM),
    row(Message, Width, &[0x6633, 0x6634], &[], FORM),
    row(Message, Hidden, &[0x6632], &[], UNREADABLE),
];

/// The row and the place in its identifiers that explain a difference.
pub(crate) fn explanation(found: &Difference) -> Option<(usize, usize)> {
    let id = (found.tag >> 16) as u16;
    EXPLAINED.iter().enumerate().find_map(|(number, row)| {
        let place = row.ids.iter().position(|other| *other == id)?;
        let said = found.says.to_string();
        let allowed = row.says.is_empty() || row.says.contains(&said.as_str());
        (row.object == found.object && row.what == found.what && allowed).then_some((number, place))
    })
}
