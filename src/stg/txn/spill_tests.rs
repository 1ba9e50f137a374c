use super::super::content::Pages;
use super::*;
use std::sync::atomic::AtomicBool;

/// A spill file in memory with an end, that can be told to fail.
#[derive(Default)]
struct Disk {
    bytes: Mutex<Vec<u8>>,
    capacity: AtomicU64,
    /// Fails any write after so many more.
    writes_left: AtomicU64,
    fails: AtomicBool,
}

impl Disk {
    fn new(capacity: u64) -> Arc<Disk> {
        let disk = Disk::default();
        disk.capacity.store(capacity, Ordering::Relaxed);
        Arc::new(disk)
    }

    fn len(&self) -> usize {
        self.bytes.lock().unwrap().len()
    }
}

struct Opened(Arc<Disk>);

impl Medium for Opened {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.0.bytes.lock().unwrap();
        let at = usize::try_from(offset).unwrap();
        // In two pieces, as a file may.
        let len = buffer.len().div_ceil(2).min(bytes.len().saturating_sub(at));
        buffer[..len].copy_from_slice(&bytes[at..at + len]);
        Ok(len)
    }

    fn write_at(&self, offset: u64, new: &[u8]) -> io::Result<usize> {
        if self.0.fails.load(Ordering::Relaxed)
            && self
                .0
                .writes_left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                .is_err()
        {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let mut bytes = self.0.bytes.lock().unwrap();
        let at = usize::try_from(offset).unwrap();
        let capacity = usize::try_from(self.0.capacity.load(Ordering::Relaxed)).unwrap();
        // In two pieces, as a file may.
        let len = new.len().div_ceil(2).min(capacity.saturating_sub(at));
        if len == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let end = bytes.len().max(at + len);
        bytes.resize(end, 0xEE);
        bytes[at..at + len].copy_from_slice(&new[..len]);
        Ok(len)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        *self.0.bytes.lock().unwrap() = Vec::new();
    }
}

fn spill(limit: u64, disk: &Arc<Disk>) -> Arc<Spill> {
    let disk = Arc::clone(disk);
    Arc::new(Spill::with(limit, Box::new(move || Ok(Arc::new(Opened(Arc::clone(&disk)))))))
}

fn pages(spill: &Arc<Spill>) -> Pages {
    let mut pages = Pages::empty();
    pages.spill_to(spill);
    pages
}

fn all(pages: &Pages) -> Vec<u8> {
    let mut bytes = vec![9; usize::try_from(pages.size()).unwrap()];
    assert_eq!(pages.read_at(0, &mut bytes).unwrap(), bytes.len());
    bytes
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// Streams and snapshots of them against plain bytes, with room in memory for few of the pages.
#[test]
fn spilled_pages_hold_what_was_written_whoever_shares_them() {
    for (seed, limit) in [(1, 0), (2, 100_000), (3, 300_000), (4, 1 << 30)] {
        let disk = Disk::new(1 << 30);
        let spill = spill(limit, &disk);
        let mut dice = Dice(seed);
        let mut streams: Vec<(Pages, Vec<u8>)> = vec![(pages(&spill), Vec::new())];
        for step in 0..1500 {
            let count = streams.len();
            let at = dice.below(count);
            let (pages, model) = &mut streams[at];
            match dice.below(10) {
                0 => {
                    let size = dice.below(400_000);
                    pages.set_size(size as u64);
                    model.resize(size, 0);
                }
                1 if count < 6 => {
                    let copy = streams[at].clone();
                    streams.push(copy);
                }
                2 if count > 1 => drop(streams.swap_remove(at)),
                kind => {
                    let most = if kind == 3 { 200_000 } else { 3000 };
                    let data = vec![u8::try_from(step % 251).unwrap(); 1 + dice.below(most)];
                    let offset = dice.below(250_000);
                    pages.write_at(offset as u64, &data).unwrap();
                    model.resize(model.len().max(offset + data.len()), 0);
                    model[offset..offset + data.len()].copy_from_slice(&data);
                }
            }
            assert!(spill.in_memory.load(Ordering::Relaxed) <= limit);
        }
        for (pages, model) in &streams {
            assert!(all(pages) == *model, "limit {limit}");
        }
        assert_eq!(disk.len() > 0, limit < 1 << 30);
        drop(streams);
        assert_eq!((spill.in_memory.load(Ordering::Relaxed), disk.len()), (0, 0), "all given back");
    }
}

/// A full disk at every single write: each time the stream is as it was, and the same write works
/// when there is room again.
#[test]
fn a_full_disk_leaves_the_stream_as_it_was() {
    let writes: [(u64, usize); 6] =
        [(0, 100), (50, 300_000), (0, 400_000), (65_000, 1000), (65_536, 65_536), (10, 200_000)];
    for limit in [0, 70_000, 200_000] {
        for fail_at in 0..40 {
            let disk = Disk::new(1 << 30);
            let spill = spill(limit, &disk);
            let mut pages = pages(&spill);
            let mut model: Vec<u8> = Vec::new();
            for (step, (offset, len)) in writes.into_iter().enumerate() {
                let data = vec![u8::try_from(step + 1).unwrap(); len];
                let start = usize::try_from(offset).unwrap();
                disk.writes_left.store(fail_at, Ordering::Relaxed);
                disk.fails.store(true, Ordering::Relaxed);
                let done = pages.write_at(offset, &data);
                disk.fails.store(false, Ordering::Relaxed);
                if let Err(error) = done {
                    assert_eq!(error.code(), Code::StgMediumFull);
                    assert!(all(&pages) == model, "limit {limit}, write {fail_at} of step {step}");
                    pages.write_at(offset, &data).unwrap();
                }
                model.resize(model.len().max(start + len), 0);
                model[start..start + len].copy_from_slice(&data);
                assert!(all(&pages) == model, "limit {limit}, write {fail_at} of step {step}");
            }
        }
    }
}

/// Pages that come and go do not make the file grow.
#[test]
fn slots_are_used_again() {
    let disk = Disk::new(1 << 30);
    let spill = spill(0, &disk);
    let mut kept = pages(&spill);
    kept.write_at(0, &[1; 100]).unwrap();
    let mut longest = 0;
    for round in 0..50 {
        let mut pages = pages(&spill);
        for at in 0..100 {
            pages.write_at(at * 5000, &[7; 5000]).unwrap();
        }
        if round == 0 {
            longest = disk.len();
        }
    }
    assert!(disk.len() <= longest + PAGE && longest <= 2 * 500_000, "{longest} {}", disk.len());
    drop(kept);
    assert_eq!(disk.len(), 0);
}

/// A commit to a snapshot's level costs no more room than what is written afterwards.
#[test]
fn a_snapshot_shares_what_was_spilled() {
    let disk = Disk::new(1 << 30);
    let spill = spill(0, &disk);
    let mut pages = pages(&spill);
    pages.write_at(0, &[1; 10 << 16]).unwrap();
    let before = disk.len();
    let snapshot = pages.clone();
    pages.write_at(70_000, &[2; 10]).unwrap();
    assert_eq!(disk.len(), before + PAGE);
    assert_eq!(all(&snapshot), [1; 10 << 16]);
}

#[test]
fn a_folder_that_cannot_be_used_is_said_plainly() {
    let none = Arc::new(Spill::with(0, Box::new(|| Err(io::ErrorKind::NotFound.into()))));
    let mut pages = pages(&none);
    assert_eq!(pages.write_at(0, b"x").unwrap_err().code(), Code::StgWriteFault);
    assert_eq!(pages.size(), 0);
}
