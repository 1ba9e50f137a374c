//! What is left in a caller's hands when a session closes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::{RW, name, stream_bytes};
use openimsg::{Code, CompoundFile, Session, Storage, tags::PR_SUBJECT_W};
use std::sync::Arc;

/// Spec: C-048
#[test]
fn what_the_caller_opened_on_its_own_storage_outlives_the_session() {
    let file: Arc<dyn Storage> = CompoundFile::memory().into();
    let own = file.create_stream(&name("Notes"), RW).unwrap();
    let session = Session::new();
    let message = session.create_message(Arc::clone(&file)).unwrap();
    message.set(PR_SUBJECT_W, "never saved").unwrap();
    session.close();
    own.write_at(0, b"mine").unwrap();
    drop(own);
    assert_eq!(file.elements().unwrap().len(), 1);
    assert_eq!(stream_bytes(&*file, &name("Notes")).unwrap(), b"mine");
}

/// Spec: C-018
#[test]
fn an_object_storage_is_reverted_when_its_session_closes() {
    let session = Session::new();
    let message = session.create_message(CompoundFile::memory()).unwrap();
    let attachment = message.create_attach().unwrap();
    let object = attachment.create_storage().unwrap();
    let stream = object.create_stream(&name("CONTENTS"), RW).unwrap();
    stream.write_at(0, b"x").unwrap();
    session.close();
    assert_eq!(stream.write_at(1, b"y").unwrap_err().code(), Code::StgReverted);
    assert_eq!(object.stat().unwrap_err().code(), Code::StgReverted);
}
