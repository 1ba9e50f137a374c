//! What a `style` attribute may say.

/// Properties that only change how letters, boxes and lists look where they stand.
const PROPERTIES: [&str; 17] = [
    "color",
    "background-color",
    "text-align",
    "text-decoration",
    "text-indent",
    "vertical-align",
    "line-height",
    "letter-spacing",
    "white-space",
    "width",
    "height",
    "list-style-type",
    "border-collapse",
    "border-spacing",
    "direction",
    "font",
    "max-width",
];

/// Beginnings of the names of such properties.
const FAMILIES: [&str; 4] = ["font-", "margin", "padding", "border"];

/// The declarations that are kept, and whether any that could fetch or run were not.
///
/// A value has no brackets and no backslash, so that it names no address (`url()`), calls nothing
/// (`expression()`), and hides neither. Spec: msg-format 9.4.
pub(super) fn safe(style: &str) -> (String, bool) {
    let mut kept = String::new();
    let mut left = false;
    for declaration in style.split(';') {
        let Some((name, value)) = declaration.split_once(':') else { continue };
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        let plain = |c: char| c.is_ascii_alphanumeric() || " #%.,-+!'\"".contains(c);
        let known = PROPERTIES.contains(&name.as_str())
            || FAMILIES.iter().any(|family| name.starts_with(family));
        let word = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        if known && word && value.chars().all(plain) {
            kept.push_str(&name);
            kept.push(':');
            kept.push_str(value);
            kept.push(';');
        } else {
            // Word's own properties (`mso-`) are no loss that anybody asks about.
            left |= value.contains(['(', '\\', '@']) || !value.is_ascii();
        }
    }
    (kept, left)
}
