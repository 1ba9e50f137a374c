//! Pages over what is committed.

use super::*;

#[test]
fn cutting_hides_for_good_and_growing_gives_zeros() {
    let mut pages = Pages::empty();
    pages.write_at(0, &[7; 100]).unwrap();
    pages.set_size(10);
    pages.set_size(50);
    let mut buffer = [1; 60];
    assert_eq!(pages.read_at(0, &mut buffer).unwrap(), 50);
    assert_eq!((buffer[9], buffer[10], buffer[49]), (7, 0, 0));
}

/// Cutting a stream and growing it to its old size once gave the old bytes back at the commit.
#[test]
fn a_stream_cut_and_grown_to_its_old_size_counts_as_changed() {
    use crate::stg::{CompoundFile, MEMBER_RW, Storage};
    let file = CompoundFile::memory();
    let name = "x".parse().unwrap();
    file.create_stream(&name, MEMBER_RW).unwrap().write_at(0, &[7; 5000]).unwrap();
    file.commit(Default::default()).unwrap();
    let stream = file.open_stream(&name, MEMBER_RW).unwrap();
    stream.set_size(0).unwrap();
    stream.set_size(5000).unwrap();
    file.commit(Default::default()).unwrap();
    let mut bytes = [1; 5000];
    assert_eq!(stream.read_at(0, &mut bytes).unwrap(), 5000);
    assert_eq!(bytes, [0; 5000]);
}

#[test]
fn a_clone_does_not_see_later_writes() {
    let mut pages = Pages::empty();
    pages.write_at(200_000, b"far").unwrap();
    let before = pages.clone();
    pages.write_at(200_000, b"new").unwrap();
    let read = |pages: &Pages| {
        let mut buffer = [0; 3];
        pages.read_at(200_000, &mut buffer).unwrap();
        buffer
    };
    assert_eq!((read(&before), read(&pages)), (*b"far", *b"new"));
    let mut gap = [9; 16];
    assert_eq!(pages.read_at(65_530, &mut gap).unwrap(), 16);
    assert_eq!(gap, [0; 16]);
}
