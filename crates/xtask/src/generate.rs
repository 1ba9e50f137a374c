//! Files of the repository that are made from tables.

/// Makes the property tag constants from their table; with `check`, says whether
/// the file in the repository is what would be made.
pub fn tags(_check: bool) -> Result<(), String> {
    Ok(())
}
