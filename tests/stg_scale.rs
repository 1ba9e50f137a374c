//! Many elements, deep nesting, many small writes, long chains, many readers: what they cost is
//! counted, never timed.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;
#[path = "common/meter.rs"]
mod meter;
#[path = "common/watchdog.rs"]
mod watchdog;

use common::{READ, RW, name};
use openimsg::{
    CommitFlags, CompoundFile, LockBytes, MemoryLockBytes, Mode, Result, Storage, StorageOptions,
    Stream,
};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

#[global_allocator]
static METER: meter::Meter = meter::Meter;

const TRANSACTED: Mode = RW.and(Mode::TRANSACTED);

/// Allocations of the same work on so much, and on ten times as much.
fn grows_with(small: u32, work: impl Fn(u32)) {
    let counts = [small, 10 * small].map(|count| {
        watchdog::begin(u64::from(count));
        meter::measure(|| work(count)).2
    });
    assert!(counts[1] <= 12 * counts[0], "{small}: {counts:?} allocations");
}

fn committed(file: CompoundFile) -> Vec<u8> {
    file.commit(CommitFlags::empty()).unwrap();
    file.to_bytes().unwrap()
}

#[test]
fn ten_times_the_storages_cost_about_ten_times_the_allocations() {
    grows_with(10_000, |count| {
        let file = CompoundFile::memory();
        for at in 0..count {
            let storage = file.create_storage(&name(&format!("{at:06x}")), RW).unwrap();
            storage.set_state_bits(at, u32::MAX).unwrap();
        }
        let file = CompoundFile::from_bytes(committed(file)).unwrap();
        assert_eq!(file.elements().unwrap().len(), count as usize);
        for at in 0..count {
            let storage = file.open_storage(&name(&format!("{at:06x}")), READ).unwrap();
            assert_eq!(storage.stat().unwrap().state_bits, at);
        }
    });
}

/// The storage `depth` levels down, each opened by `open` in the one above; all stay open.
fn descend(
    root: &CompoundFile,
    depth: u32,
    open: impl Fn(&dyn Storage) -> Arc<dyn Storage>,
) -> Vec<Arc<dyn Storage>> {
    let mut chain = vec![open(root)];
    for _ in 1..depth {
        let next = open(&**chain.last().unwrap());
        chain.push(next);
    }
    chain
}

#[test]
fn direct_storages_nest_32_000_deep() {
    grows_with(3_200, |depth| {
        let file = CompoundFile::memory();
        let chain = descend(&file, depth, |above| above.create_storage(&name("s"), RW).unwrap());
        chain.last().unwrap().create_stream(&name("end"), RW).unwrap().write_at(0, b"x").unwrap();
        drop(chain);
        let file = CompoundFile::edit_bytes(committed(file)).unwrap();
        let chain = descend(&file, depth, |above| above.open_storage(&name("s"), RW).unwrap());
        let end = chain.last().unwrap().open_stream(&name("end"), RW).unwrap();
        end.write_at(1, b"y").unwrap();
        let file = CompoundFile::from_bytes(committed(file)).unwrap();
        let chain = descend(&file, depth, |above| above.open_storage(&name("s"), READ).unwrap());
        let end = chain.last().unwrap().open_stream(&name("end"), READ).unwrap();
        assert_eq!(end.as_bytes(), Some(&b"xy"[..]));
    });
}

/// Each level commits into the one above it and is let go, from the inside out, as messages inside
/// messages are saved. (Levels that stay open hold their element in every level below.)
#[test]
fn transactions_nest_32_000_deep_and_commit_from_the_inside_out() {
    grows_with(3_200, |depth| {
        let file = CompoundFile::memory();
        let mut chain =
            descend(&file, depth, |above| above.create_storage(&name("t"), TRANSACTED).unwrap());
        let end = chain.last().unwrap().create_stream(&name("end"), RW).unwrap();
        end.write_at(0, b"x").unwrap();
        drop(end);
        while let Some(level) = chain.pop() {
            level.commit(CommitFlags::empty()).unwrap();
        }
        let file = CompoundFile::from_bytes(committed(file)).unwrap();
        let chain = descend(&file, depth, |above| above.open_storage(&name("t"), READ).unwrap());
        let end = chain.last().unwrap().open_stream(&name("end"), READ).unwrap();
        assert_eq!(end.as_bytes(), Some(&b"x"[..]));
    });
}

#[test]
fn a_million_small_writes_cost_ten_times_a_hundred_thousand() {
    for streams in [1, 1000_u64] {
        grows_with(100_000, |writes| {
            let file = StorageOptions::new().spill_above(16 << 20).memory();
            let names: Vec<_> = (0..streams).map(|at| name(&at.to_string())).collect();
            let open = |at: &_| file.create_stream(at, RW).unwrap();
            let open: Vec<Arc<dyn Stream>> = names.iter().map(open).collect();
            for at in 0..u64::from(writes) {
                let stream = &open[(at % streams) as usize];
                stream.write_at(at / streams * 64, &[at as u8; 64]).unwrap();
            }
            let last = u64::from(writes) - 1;
            let mut piece = [0; 64];
            open[(last % streams) as usize].read_at(last / streams * 64, &mut piece).unwrap();
            assert_eq!(piece, [last as u8; 64]);
            assert_eq!(open[0].size().unwrap(), u64::from(writes) / streams * 64);
        });
    }
}

/// A file that is made up as it is read: one stream whose chain leads from the last sector of the
/// file down to the first, so that no two neighbours in the stream are neighbours in the file.
/// Sectors of 512 bytes: FAT, DIFAT, directory, data.
struct Backwards {
    data: u32,
    fat: u32,
    difat: u32,
    reads: AtomicU64,
    bytes: AtomicU64,
}

impl Backwards {
    fn new(data: u32) -> Arc<Backwards> {
        let (mut fat, mut difat) = (0, 0);
        while (data + fat + difat + 1).div_ceil(128) > fat
            || fat.saturating_sub(109).div_ceil(127) > difat
        {
            fat = (data + fat + difat + 1).div_ceil(128);
            difat = fat.saturating_sub(109).div_ceil(127);
        }
        let counts = (AtomicU64::new(0), AtomicU64::new(0));
        Arc::new(Backwards { data, fat, difat, reads: counts.0, bytes: counts.1 })
    }

    fn first_data(&self) -> u32 {
        self.fat + self.difat + 1
    }

    fn counted(&self) -> (u64, u64) {
        (self.reads.swap(0, Ordering::Relaxed), self.bytes.swap(0, Ordering::Relaxed))
    }

    /// What stands in a data sector, by its place in the stream.
    fn byte(at: u64) -> u8 {
        (at % 253) as u8
    }

    fn next(&self, sector: u32) -> u32 {
        match sector {
            at if at < self.fat => 0xFFFF_FFFD,
            at if at < self.fat + self.difat => 0xFFFF_FFFC,
            at if at <= self.first_data() => 0xFFFF_FFFE,
            at if at < self.first_data() + self.data => at - 1,
            _ => 0xFFFF_FFFF,
        }
    }

    fn sector(&self, sector: Option<u32>) -> [u8; 512] {
        let mut bytes = [0; 512];
        let put = |bytes: &mut [u8; 512], at: usize, word: u32| {
            bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
        };
        match sector {
            None => {
                bytes[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
                bytes[24..34].copy_from_slice(&[0x3E, 0, 3, 0, 0xFE, 0xFF, 9, 0, 6, 0]);
                let first_difat = if self.difat > 0 { self.fat } else { 0xFFFF_FFFE };
                let fields = [
                    (44, self.fat),
                    (48, self.fat + self.difat),
                    (56, 4096),
                    (60, 0xFFFF_FFFE),
                    (68, first_difat),
                    (72, self.difat),
                ];
                fields.into_iter().for_each(|(at, word)| put(&mut bytes, at, word));
                for at in 0..109 {
                    let there = at < self.fat;
                    put(&mut bytes, 76 + 4 * at as usize, if there { at } else { u32::MAX });
                }
            }
            Some(sector) if sector < self.fat => {
                (0..128)
                    .for_each(|at| put(&mut bytes, 4 * at, self.next(sector * 128 + at as u32)));
            }
            Some(sector) if sector < self.fat + self.difat => {
                let own = sector - self.fat;
                for at in 0..127 {
                    let block = 109 + own * 127 + at;
                    let word = if block < self.fat { block } else { u32::MAX };
                    put(&mut bytes, 4 * at as usize, word);
                }
                let last = own + 1 == self.difat;
                put(&mut bytes, 508, if last { 0xFFFF_FFFE } else { sector + 1 });
            }
            Some(sector) if sector + 1 == self.first_data() => {
                let entries = [("Root Entry", 5, 1, 0xFFFF_FFFE, 0)];
                let stream = ("x", 2, u32::MAX, sector + self.data, self.data * 512);
                for (slot, (text, kind, child, start, size)) in
                    entries.into_iter().chain([stream]).enumerate()
                {
                    let base = slot * 128;
                    text.bytes().enumerate().for_each(|(at, b)| bytes[base + 2 * at] = b);
                    bytes[base + 64] = 2 * (text.len() as u8 + 1);
                    bytes[base + 66] = kind;
                    bytes[base + 67] = 1;
                    let ids = [(68, u32::MAX), (72, u32::MAX), (76, child)];
                    for (at, word) in ids.into_iter().chain([(116, start), (120, size)]) {
                        put(&mut bytes, base + at, word);
                    }
                }
            }
            Some(sector) => {
                let at = u64::from(self.first_data() + self.data - 1 - sector);
                bytes.fill(Backwards::byte(at));
            }
        }
        bytes
    }
}

impl LockBytes for Backwards {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(buffer.len() as u64, Ordering::Relaxed);
        let mut done = 0;
        while done < buffer.len() {
            let at = offset + done as u64;
            let sector = self.sector(u32::try_from(at / 512).unwrap().checked_sub(1));
            let within = (at % 512) as usize;
            let len = (512 - within).min(buffer.len() - done);
            buffer[done..done + len].copy_from_slice(&sector[within..within + len]);
            done += len;
        }
        Ok(done)
    }

    fn write_at(&self, _: u64, _: &[u8]) -> Result<()> {
        panic!("nothing is written");
    }

    fn flush(&self) -> Result<()> {
        Ok(())
    }

    fn set_size(&self, _: u64) -> Result<()> {
        panic!("nothing is written");
    }

    fn size(&self) -> Result<u64> {
        Ok((u64::from(self.first_data() + self.data) + 1) * 512)
    }
}

/// Two million sectors, each followed by the one before it in the file: opening reads the FAT about
/// once, and small pieces from the end to the beginning cost no more than their bytes and some.
#[test]
fn a_chain_of_two_million_sectors_is_read_backwards_in_small_pieces() {
    let run = |data: u32, pieces: u64| {
        watchdog::begin(u64::from(data));
        let bytes = Backwards::new(data);
        let file = CompoundFile::edit_on(Arc::clone(&bytes) as _).unwrap();
        let stream = file.open_stream(&name("x"), READ).unwrap();
        let opening = bytes.counted();
        let fat = u64::from(bytes.fat + bytes.difat) * 512;
        assert!(opening.1 <= fat + fat / 4 + 100_000, "{opening:?} for a FAT of {fat} bytes");
        let len = stream.size().unwrap();
        assert_eq!(len, u64::from(data) * 512);
        let mut piece = [0; 64];
        for at in (0..pieces).map(|n| len - 64 * (n + 1)) {
            assert_eq!(stream.read_at(at, &mut piece).unwrap(), 64);
            assert_eq!(piece, [Backwards::byte(at / 512); 64], "{at}");
        }
        let reading = bytes.counted();
        assert!(reading.1 <= pieces * 64 * 5 / 4 + 100_000, "{reading:?}");
        assert!(reading.0 <= pieces / 8 + 100, "{reading:?}");
        (opening.0, reading.0)
    };
    let (small, large) = (run(200_000, 100_000), run(2_000_000, 1_000_000));
    assert!(large.0 <= 12 * small.0 && large.1 <= 12 * small.1, "{small:?} {large:?}");
}

/// A medium on which one reader can be held.
struct Held {
    bytes: MemoryLockBytes,
    /// The first read that covers this byte waits.
    hold: Mutex<Option<u64>>,
    state: Mutex<(bool, bool)>,
    changed: Condvar,
}

impl LockBytes for Held {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let wanted = offset..offset + buffer.len() as u64;
        let hold = self.hold.lock().unwrap().take_if(|at| wanted.contains(at)).is_some();
        if hold {
            let mut state = self.state.lock().unwrap();
            state.0 = true;
            self.changed.notify_all();
            drop(self.changed.wait_while(state, |(_, go)| !*go).unwrap());
        }
        self.bytes.read_at(offset, buffer)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        self.bytes.write_at(offset, data)
    }

    fn flush(&self) -> Result<()> {
        self.bytes.flush()
    }

    fn set_size(&self, size: u64) -> Result<()> {
        self.bytes.set_size(size)
    }

    fn size(&self) -> Result<u64> {
        self.bytes.size()
    }
}

/// One reader hangs in the medium; all others read on, the same bytes included.
#[test]
fn a_reader_that_is_held_holds_nobody_else() {
    const LEN: usize = 1 << 20;
    let content: Vec<u8> = (0..LEN).map(|at| (at % 249) as u8).collect();
    let file = CompoundFile::memory();
    file.create_stream(&name("x"), RW).unwrap().write_at(0, &content).unwrap();
    let bytes = committed(file);
    let start = bytes.len() as u64 - LEN as u64;
    assert!(bytes[start as usize..] == content);
    let held = Arc::new(Held {
        bytes: MemoryLockBytes::new(bytes),
        hold: Mutex::new(None),
        state: Mutex::default(),
        changed: Condvar::new(),
    });
    let options = StorageOptions::new().read_whole_up_to(0);
    let file = options.edit_on(Arc::clone(&held) as _).unwrap();
    let stream = file.open_stream(&name("x"), READ).unwrap();
    watchdog::begin(0);
    // Pieces that follow each other are read by cached blocks, others alone: one of each kind.
    for follows in [true, false] {
        let at = 500_000 + u64::from(follows) * 100_000;
        if follows {
            stream.read_at(at - 100, &mut [0; 100]).unwrap();
        }
        *held.hold.lock().unwrap() = Some(start + at);
        *held.state.lock().unwrap() = (false, false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut piece = [0; 100];
                assert_eq!(stream.read_at(at, &mut piece).unwrap(), 100);
                assert_eq!(piece[..], content[at as usize..][..100]);
            });
            let state = held.state.lock().unwrap();
            drop(held.changed.wait_while(state, |(waits, _)| !*waits).unwrap());
            let readers: Vec<_> = (0..4)
                .map(|reader| {
                    let (stream, content) = (&stream, &content);
                    scope.spawn(move || {
                        let mut piece = [0; 100];
                        for step in 0..2000 {
                            let place = match step % 3 {
                                0 => at,
                                1 => (step * 100) as u64,
                                _ => (step * 7919 * (reader + 1) % (LEN - 100)) as u64,
                            };
                            assert_eq!(stream.read_at(place, &mut piece).unwrap(), 100);
                            assert_eq!(piece[..], content[place as usize..][..100]);
                        }
                    })
                })
                .collect();
            // They end while the first still hangs: that is what is shown.
            readers.into_iter().for_each(|reader| reader.join().unwrap());
            held.state.lock().unwrap().1 = true;
            held.changed.notify_all();
        });
    }
}

/// That it compiles is the test.
#[test]
fn everything_of_the_storage_layer_may_go_to_other_threads() {
    fn check<T: Send + Sync + ?Sized>() {}
    check::<CompoundFile>();
    check::<StorageOptions>();
    check::<dyn Storage>();
    check::<dyn Stream>();
    check::<dyn LockBytes>();
    check::<MemoryLockBytes>();
    check::<openimsg::FileLockBytes>();
    check::<openimsg::ElementName>();
    check::<openimsg::StatStg>();
    check::<openimsg::Level>();
    check::<openimsg::Finding>();
    check::<openimsg::Error>();
}
