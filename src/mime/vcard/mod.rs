//! Contacts as vCard.
