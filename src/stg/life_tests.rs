//! Lives of handles: who ends whom.

use super::*;

/// Spec: S-069, S-070
#[test]
fn an_element_is_open_once_and_free_again_after_release() {
    let root = Claim::root();
    let child = root.child(7, "open").unwrap();
    assert_eq!(root.child(7, "open").unwrap_err().code(), Code::StgAccessDenied);
    drop(child);
    assert!(root.child(7, "open").is_ok());
}

/// A leaf dies with whatever ends a life, and one in its place is another.
#[test]
fn a_leaf_lives_as_a_life_does() {
    let root = Claim::root();
    let storage = root.child(2, "open").unwrap();
    let (first, other) = (storage.leaf(4, "open").unwrap(), storage.leaf(6, "open").unwrap());
    assert_eq!(storage.leaf(4, "open").unwrap_err().code(), Code::StgAccessDenied);
    assert_eq!(storage.child(4, "open").unwrap_err().code(), Code::StgAccessDenied);
    storage.kill_child(4);
    assert_eq!(first.check("read").unwrap_err().code(), Code::StgReverted);
    assert!(other.check("read").is_ok() && other.check("read").is_ok());
    let second = storage.leaf(4, "open").unwrap();
    assert!(first.check("read").is_err() && second.check("read").is_ok());
    drop(first);
    assert!(second.check("read").is_ok() && storage.is_open(4) && storage.has_open());
    // Whoever ends the storage ends what was opened through a handle that is gone.
    drop(storage);
    root.kill_child(2);
    assert!(second.check("read").is_err() && other.check("read").is_err());
    let storage = root.child(2, "open").unwrap();
    let leaf = storage.leaf(4, "open").unwrap();
    storage.release();
    assert!(leaf.check("read").is_err());
    drop((storage, leaf, second, other));
    let storage = root.child(2, "open").unwrap();
    drop(storage.leaf(4, "open").unwrap());
    assert!(!storage.has_open() && storage.leaf(4, "open").is_ok());
}

/// Spec: S-104, S-106, S-107
#[test]
fn an_enumerator_outlives_the_release_of_its_storage_and_not_its_destruction() {
    let root = Claim::root();
    let storage = root.child(2, "open").unwrap();
    let stream = storage.child(4, "open").unwrap();
    let first = storage.enumerator("enumerate").unwrap();
    storage.release();
    assert!(stream.check("read").is_err() && storage.check("stat").is_err());
    drop(storage);
    let second = first.enumerator("clone").unwrap();
    drop(first);
    assert!(second.check("next").is_ok() && root.is_open(2));
    root.kill_child(2);
    assert!(second.check("next").is_err() && second.enumerator("clone").is_err());
    assert!(root.child(2, "open").is_ok());
    drop(second);
    assert!(root.child(2, "open").is_ok());
}

/// What a file's handles hold, its locks, the last enumerator holds.
#[test]
fn an_enumerator_keeps_what_its_root_keeps() {
    for below in [false, true] {
        let what = Arc::new(7);
        let root = Claim::root().keep(Arc::clone(&what) as _);
        let storage = below.then(|| root.child(2, "open").unwrap());
        let enumerator = storage.as_ref().unwrap_or(&root).enumerator("enumerate").unwrap();
        storage.iter().for_each(Claim::release);
        root.release();
        drop((root, storage));
        assert_eq!(Arc::strong_count(&what), 2);
        drop(enumerator);
        assert_eq!(Arc::strong_count(&what), 1);
    }
}

#[test]
fn killing_reaches_every_depth_without_recursion() {
    let root = Claim::root();
    let mut chain = vec![root.child(0, "open").unwrap()];
    for _ in 0..100_000 {
        let next = chain.last().unwrap().child(0, "open").unwrap();
        chain.push(next);
    }
    root.kill_children();
    assert!(chain.iter().all(|claim| claim.check("read").is_err()));
    assert!(root.check("read").is_ok() && root.child(0, "open").is_ok());
}
/// Handles below a dropped one were once out of reach of whoever ended those above.
#[test]
fn a_dropped_handle_does_not_hide_those_below_it() {
    let root = Claim::root();
    let mut open = root.child(0, "open").unwrap();
    for key in 1..100_000 {
        // Each handle goes as soon as there is one below.
        open = open.child(key, "open").unwrap();
    }
    let other = root.child(0, "open").unwrap();
    assert!(open.check("read").is_ok());
    drop(other);
    root.kill_child(0);
    assert!(open.check("read").is_err());
    drop(open);
    let open = root.child(1, "open").unwrap().child(2, "open").unwrap();
    root.kill_children();
    assert!(open.check("read").is_err() && root.check("read").is_ok());
}

#[test]
fn what_is_kept_goes_with_the_last_handle_below() {
    let (root, what) = (Claim::root(), Arc::new(7));
    let child = root.child(0, "open").unwrap().keep(Arc::clone(&what) as _);
    let below = child.child(0, "open").unwrap().child(0, "open").unwrap();
    drop(child);
    assert_eq!(Arc::strong_count(&what), 2);
    drop(below);
    assert_eq!(Arc::strong_count(&what), 1);
    for key in 0..1000 {
        let _ = root.child(key, "open").unwrap().child(0, "open").unwrap();
    }
    assert!(
        root.0.open().dropped.as_ref().unwrap().by_key.len() <= 16,
        "what is over is forgotten"
    );
}
