//! The media types of what people attach most, by the extension of the file.

/// Extension, media type; of several extensions for one type the usual one first.
const TYPES: &[(&str, &str)] = &[
    ("txt", "text/plain"),
    ("html", "text/html"),
    ("htm", "text/html"),
    ("csv", "text/csv"),
    ("ics", "text/calendar"),
    ("vcf", "text/vcard"),
    ("eml", "message/rfc822"),
    ("json", "application/json"),
    ("xml", "application/xml"),
    ("pdf", "application/pdf"),
    ("zip", "application/zip"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("svg", "image/svg+xml"),
    ("doc", "application/msword"),
    ("xls", "application/vnd.ms-excel"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
];

/// The media type of files with this extension, given without its dot.
pub(crate) fn type_of(extension: &str) -> Option<&'static str> {
    let known = TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(extension));
    known.map(|(_, media)| *media)
}

/// The usual extension of files of this media type, without a dot.
pub(crate) fn extension_of(media: &str) -> Option<&'static str> {
    let bare = media.split(';').next().unwrap_or_default().trim();
    let known = TYPES.iter().find(|(_, known)| known.eq_ignore_ascii_case(bare));
    known.map(|(extension, _)| *extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_extensions_lead_to_each_other() {
        assert_eq!(type_of("PNG"), Some("image/png"));
        assert_eq!(extension_of("Image/JPEG; name=x"), Some("jpg"));
        assert_eq!((type_of(""), extension_of("application/octet-stream")), (None, None));
    }
}
