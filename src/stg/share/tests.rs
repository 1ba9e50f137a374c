use super::super::MemoryLockBytes;
use super::*;

const SHARED: Mode = Mode::READWRITE.and(Mode::TRANSACTED).and(Mode::SHARE_DENY_NONE);

fn file(folder: &tempfile::TempDir, name: &str) -> (PathBuf, impl Fn() -> File + use<>) {
    let path = folder.path().join(name);
    std::fs::write(&path, b"anything").unwrap();
    let of = path.clone();
    (path, move || OpenOptions::new().read(true).write(true).open(&of).unwrap())
}

#[test]
fn others_are_seen_while_they_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let (path, open) = file(&folder, "one");
    let lease = |mode| Lease::take(Locked::File(open(), path.clone()), mode);
    assert!(!Lease::none().has_others());
    let one = lease(SHARED).unwrap();
    assert!(!one.has_others());
    let two = lease(Mode::READ.and(Mode::TRANSACTED)).unwrap();
    assert!(one.has_others() && two.has_others());
    two.release();
    assert!(!one.has_others());
    let bytes: Arc<dyn LockBytes> = Arc::new(MemoryLockBytes::default());
    let lease = || Lease::take(Locked::Bytes(Arc::clone(&bytes)), SHARED).unwrap();
    let (one, two) = (lease(), lease());
    assert!(one.has_others() && two.has_others());
    drop(two);
    assert!(!one.has_others());
}

#[test]
fn a_commit_lock_is_held_once_and_by_its_holder_again() {
    let folder = tempfile::tempdir().unwrap();
    let (path, open) = file(&folder, "one");
    let lease = || Lease::take(Locked::File(open(), path.clone()), SHARED).unwrap();
    let (one, two) = (lease(), lease());
    let soon = Duration::ZERO;
    let (outer, inner) = (one.begin_commit().unwrap(), one.begin_commit().unwrap());
    drop(outer);
    let busy = two.begin_commit_within(soon).err().unwrap();
    assert_eq!(busy.code(), Code::StgLockViolation);
    drop(inner);
    drop(two.begin_commit_within(soon).unwrap());
    assert!(one.begin_commit_within(soon).is_ok());
}

/// One replaces the file in its commit: the other finds it, and both exclude each other there.
#[cfg(unix)]
#[test]
fn leases_meet_again_on_the_file_that_took_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let (path, open) = file(&folder, "one");
    let (new_path, open_new) = file(&folder, "new");
    let lease = || Lease::take(Locked::File(open(), path.clone()), SHARED).unwrap();
    let (mut one, two) = (lease(), lease());
    let lock = one.begin_commit().unwrap();
    let new = open_new();
    std::fs::rename(new_path, &path).unwrap();
    assert!(!one.is_current() && !two.is_current());
    one.move_to(new).unwrap();
    assert!(one.is_current() && !one.has_others(), "the other reads the old file");
    let busy = two.begin_commit_within(Duration::ZERO).err().unwrap();
    assert_eq!(busy.code(), Code::StgLockViolation, "the commit lock moved along");
    drop(lock);
    drop(two.begin_commit().unwrap());
    assert!(two.is_current() && one.has_others() && two.has_others());
    drop((one, two));
    let alone = Mode::READWRITE.and(Mode::SHARE_EXCLUSIVE);
    assert!(Lease::take(Locked::File(open(), path.clone()), alone).is_ok());
}
