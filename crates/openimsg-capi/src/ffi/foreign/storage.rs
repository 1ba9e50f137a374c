//! A caller's `IStorage` as [`Storage`].

use super::stream::ForeignStream;
use super::{Foreign, Iface, answered, missing, take_name, zero_ended};
use crate::abi::*;
use crate::ffi::{In, Out};
use openimsg::{
    CommitFlags, ElementKind, ElementName, ElementTimes, Guid, Mode, Result, StatStg, Storage,
    Stream, com,
};
use std::ptr::null_mut;
use std::sync::Arc;

/// A storage that lies somewhere else.
#[derive(Debug)]
pub(crate) struct ForeignStorage(Foreign<StorageTable<Iface>>);

impl ForeignStorage {
    pub(crate) fn new(storage: Foreign<StorageTable<Iface>>) -> Arc<ForeignStorage> {
        Arc::new(ForeignStorage(storage))
    }

    fn opened(scode: Scode, raw: Raw, doing: &'static str) -> Result<Arc<dyn Storage>> {
        let given = Foreign::given(raw);
        answered(scode, doing)?;
        Ok(ForeignStorage::new(given.ok_or_else(|| missing(doing))?))
    }

    fn streamed(scode: Scode, raw: Raw, doing: &'static str) -> Result<Arc<dyn Stream>> {
        let given = Foreign::given(raw);
        answered(scode, doing)?;
        Ok(Arc::new(ForeignStream::new(given.ok_or_else(|| missing(doing))?)))
    }
}

/// What a `STATSTG` says. Byte arrays count as streams.
pub(super) fn stat_of(stat: &STATSTG) -> StatStg {
    let name = take_name(stat).and_then(|units| com::to_find(&units, "read name").ok());
    StatStg {
        name,
        kind: if stat.kind == 1 { ElementKind::Storage } else { ElementKind::Stream },
        size: stat.size,
        modified: stat.modified.into(),
        created: stat.created.into(),
        mode: Mode::from_bits(stat.mode),
        class: stat.class.into(),
        state_bits: stat.state_bits,
    }
}

impl Storage for ForeignStorage {
    fn stat(&self) -> Result<StatStg> {
        const NO_NAME: u32 = 1;
        let mut stat = STATSTG::EMPTY;
        let scode = (self.0.table().stat)(self.0.this(), Out::lend(&mut stat), NO_NAME);
        answered(scode, "stat storage")?;
        Ok(stat_of(&stat))
    }

    fn create_stream(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Stream>> {
        let (name, mut raw) = (zero_ended(name.units()), null_mut());
        let create = self.0.table().create_stream;
        let out = Out::lend(&mut raw);
        let scode = create(self.0.this(), In::lend(&name), mode.bits(), 0, 0, out);
        ForeignStorage::streamed(scode, raw, "create stream")
    }

    fn open_stream(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Stream>> {
        let (name, mut raw) = (zero_ended(name.units()), null_mut());
        let open = self.0.table().open_stream;
        let out = Out::lend(&mut raw);
        let scode = open(self.0.this(), In::lend(&name), null_mut(), mode.bits(), 0, out);
        ForeignStorage::streamed(scode, raw, "open stream")
    }

    fn create_storage(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Storage>> {
        let (name, mut raw) = (zero_ended(name.units()), null_mut());
        let create = self.0.table().create_storage;
        let out = Out::lend(&mut raw);
        let scode = create(self.0.this(), In::lend(&name), mode.bits(), 0, 0, out);
        ForeignStorage::opened(scode, raw, "create storage")
    }

    fn open_storage(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Storage>> {
        let (name, mut raw) = (zero_ended(name.units()), null_mut());
        let open = self.0.table().open_storage;
        let (out, no_names) = (Out::lend(&mut raw), In::NULL);
        let mode = mode.bits();
        let scode = open(self.0.this(), In::lend(&name), Iface::NULL, mode, no_names, 0, out);
        ForeignStorage::opened(scode, raw, "open storage")
    }

    fn elements_after(&self, after: Option<&ElementName>, limit: usize) -> Result<Vec<StatStg>> {
        const DOING: &str = "enumerate elements";
        const BATCH: u32 = 64;
        let mut raw = null_mut();
        let list = self.0.table().enum_elements;
        let scode = list(self.0.this(), 0, null_mut(), 0, Out::lend(&mut raw));
        let elements = Foreign::<EnumTable<Iface>>::given(raw);
        answered(scode, DOING)?;
        let elements = elements.ok_or_else(|| missing(DOING))?;
        let mut found = Vec::new();
        loop {
            let (mut stats, mut got) = ([STATSTG::EMPTY; BATCH as usize], 0);
            let next = elements.table().next;
            let places = Out::lend_all(&mut stats);
            let scode = next(elements.this(), BATCH, places, Out::lend(&mut got));
            let got = usize::try_from(got.min(BATCH)).unwrap_or_default();
            found.extend(stats.iter().take(got).map(stat_of));
            // Once more is asked than is there, S_FALSE is answered, and nothing from then on.
            if answered(scode, DOING)? != 0 || got == 0 {
                break;
            }
        }
        // A caller's storage lists its members in an order of its own.
        found.retain(|stat| stat.name.as_ref().is_some_and(|name| Some(name) > after));
        found.sort_by_key(|stat| stat.name);
        found.truncate(limit);
        Ok(found)
    }

    fn destroy_element(&self, name: &ElementName) -> Result<()> {
        let name = zero_ended(name.units());
        let scode = (self.0.table().destroy_element)(self.0.this(), In::lend(&name));
        answered(scode, "destroy element").map(drop)
    }

    fn rename_element(&self, old: &ElementName, new: &ElementName) -> Result<()> {
        let (old, new) = (zero_ended(old.units()), zero_ended(new.units()));
        let rename = self.0.table().rename_element;
        let scode = rename(self.0.this(), In::lend(&old), In::lend(&new));
        answered(scode, "rename element").map(drop)
    }

    fn set_element_times(&self, name: Option<&ElementName>, times: ElementTimes) -> Result<()> {
        let name = name.map(|name| zero_ended(name.units()));
        let name = name.as_ref().map_or(In::NULL, |name| In::lend(name));
        let created = times.created.map(|time| [FILETIME::from(time)]);
        let modified = times.modified.map(|time| [FILETIME::from(time)]);
        let created = created.as_ref().map_or(In::NULL, |time| In::lend(time));
        let modified = modified.as_ref().map_or(In::NULL, |time| In::lend(time));
        let set = self.0.table().set_element_times;
        let scode = set(self.0.this(), name, created, In::NULL, modified);
        answered(scode, "set element times").map(drop)
    }

    fn set_class(&self, class: Guid) -> Result<()> {
        let class = [GUID::from(class)];
        let scode = (self.0.table().set_class)(self.0.this(), In::lend(&class));
        answered(scode, "set class").map(drop)
    }

    fn set_state_bits(&self, bits: u32, mask: u32) -> Result<()> {
        let scode = (self.0.table().set_state_bits)(self.0.this(), bits, mask);
        answered(scode, "set state bits").map(drop)
    }

    fn commit(&self, flags: CommitFlags) -> Result<()> {
        let scode = (self.0.table().commit)(self.0.this(), flags.bits());
        answered(scode, "commit storage").map(drop)
    }

    fn revert(&self) -> Result<()> {
        let scode = (self.0.table().revert)(self.0.this());
        answered(scode, "revert storage").map(drop)
    }
}
