//! Addresses: one-off entry identifiers, search keys, and finding the SMTP address of a row.

use crate::prop::{AddressKey, EntryId, OneOffId};

/// The entry identifier of somebody without a directory entry. Spec: msg-format 2.6.1.
pub(crate) fn one_off_entry_id(name: &str, kind: &str, address: &str) -> Vec<u8> {
    OneOffId { address_type: kind.into(), ..OneOffId::smtp(name, address) }.to_bytes()
}

/// Name, type and address in a one-off entry identifier. Spec: F-053.
pub(crate) fn read_one_off(bytes: &[u8]) -> Option<(String, String, String)> {
    match EntryId::parse(bytes) {
        Ok(EntryId::OneOff(id)) => Some((id.name, id.address_type, id.address)),
        _ => None,
    }
}

/// `TYPE:ADDRESS` in upper case with its NUL. Spec: F-056, C-198.
pub(crate) fn search_key(kind: &str, address: &str) -> Vec<u8> {
    AddressKey::new(kind, address).to_bytes()
}

pub(crate) fn is_smtp(kind: Option<&str>) -> bool {
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case("SMTP"))
}

/// The SMTP address in a one-off entry identifier.
pub(crate) fn one_off_smtp(entry_id: &[u8]) -> Option<String> {
    let (_, kind, address) = read_one_off(entry_id)?;
    (is_smtp(Some(&kind)) && !address.is_empty()).then_some(address)
}

/// The SMTP address in a search key, in lower case: the key has none of its letters' case.
pub(crate) fn search_key_smtp(key: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(key.strip_suffix(&[0]).unwrap_or(key)).ok()?;
    let address = text.strip_prefix("SMTP:").or_else(|| text.strip_prefix("smtp:"))?;
    looks_like_address(address).then(|| address.to_lowercase())
}

pub(crate) fn looks_like_address(text: &str) -> bool {
    let mut parts = text.split('@');
    let (Some(local), Some(domain), None) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    !local.is_empty() && domain.contains('.') && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spec: F-056, C-198
    #[test]
    fn a_search_key_is_upper_case_with_one_nul() {
        assert_eq!(search_key("smtp", "a@b.c"), b"SMTP:A@B.C\0");
    }

    /// Spec: F-053
    #[test]
    fn one_off_strings_are_utf16_by_flag_and_8_bit_without() {
        let wide = one_off_entry_id("Ana", "SMTP", "ana@example.org");
        let parts = ("Ana".into(), "SMTP".into(), "ana@example.org".into());
        assert_eq!(read_one_off(&wide), Some(parts));
        let mut narrow = wide[..22].to_vec();
        narrow.extend([1, 0]);
        narrow.extend(b"J\xE9r\xF4me\0SMTP\0j@example.org\0");
        let parts = ("Jérôme".into(), "SMTP".into(), "j@example.org".into());
        assert_eq!(read_one_off(&narrow), Some(parts));
        assert_eq!(read_one_off(&narrow[..30]), None);
    }
}
