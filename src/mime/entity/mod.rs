//! What a mail is made of, and writing it.
