//! A store of somebody else's, as the target of a copy: it keeps what it is told and who called what.

use openimsg::{
    Code, CompoundFile, CopyTarget, NamedProp, Prop, PropId, PropProblem, PropTag, PropValue,
    Recipient, Result, Storage, TargetKind, Text,
};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

/// The calls, in order, of a foreign object and of all made in it.
pub type Calls = Rc<RefCell<Vec<String>>>;

pub struct Foreign {
    kind: TargetKind,
    calls: Calls,
    pub props: Rc<RefCell<BTreeMap<u32, PropValue>>>,
    names: Rc<RefCell<Vec<NamedProp>>>,
    pub rows: RefCell<Vec<Recipient>>,
    pub attachments: RefCell<BTreeMap<u32, Arc<Foreign>>>,
    pub inner: RefCell<Option<Arc<Foreign>>>,
    pub storage: RefCell<Option<Arc<CompoundFile>>>,
    pub saves: Cell<u32>,
    /// A property that it does not take, and why.
    pub refuses: Cell<Option<(u32, Code)>>,
}

impl Foreign {
    pub fn message() -> Foreign {
        Foreign::new(TargetKind::Message, Calls::default(), Rc::default())
    }

    fn new(kind: TargetKind, calls: Calls, names: Rc<RefCell<Vec<NamedProp>>>) -> Foreign {
        Foreign {
            kind,
            calls,
            props: Rc::default(),
            names,
            rows: RefCell::default(),
            attachments: RefCell::default(),
            inner: RefCell::default(),
            storage: RefCell::default(),
            saves: Cell::new(0),
            refuses: Cell::new(None),
        }
    }

    pub fn get(&self, tag: u32) -> Option<PropValue> {
        self.props.borrow().get(&tag).cloned()
    }

    pub fn calls(&self) -> Vec<String> {
        self.calls.borrow().clone()
    }

    /// The identifier that this store gives a name: it counts down.
    pub fn id_of(&self, name: &NamedProp) -> Option<u16> {
        let at = self.names.borrow().iter().position(|known| known == name)?;
        Some(0x9FFF - u16::try_from(at).unwrap())
    }

    fn called(&self, what: &str) {
        self.calls.borrow_mut().push(what.to_owned());
    }

    #[expect(clippy::arc_with_non_send_sync, reason = "the trait asks for an Arc")]
    fn made(&self, kind: TargetKind) -> Arc<Foreign> {
        Arc::new(Foreign::new(kind, Rc::clone(&self.calls), Rc::clone(&self.names)))
    }
}

/// The stream on a foreign property.
struct Sink(PropTag, Rc<RefCell<BTreeMap<u32, PropValue>>>, Vec<u8>);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.2.extend(bytes);
        let value = match self.0.value() & 0xFFFF {
            0x001F => PropValue::Unicode(Text::from_utf16le(&self.2)),
            _ => PropValue::Binary(self.2.clone()),
        };
        self.1.borrow_mut().insert(self.0.value(), value);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'t> CopyTarget<'t> for Foreign {
    fn kind(&self) -> Result<TargetKind> {
        Ok(self.kind)
    }

    fn prop_list(&self) -> Result<Vec<PropTag>> {
        self.called("GetPropList");
        Ok(self.props.borrow().keys().map(|tag| PropTag::new(*tag)).collect())
    }

    fn set_props(&self, props: &[Prop]) -> Result<Vec<PropProblem>> {
        self.called("SetProps");
        let mut problems = Vec::new();
        for (index, prop) in props.iter().enumerate() {
            assert!(!matches!(prop.value, PropValue::String8(_) | PropValue::MvString8(_)));
            match self.refuses.get().filter(|(tag, _)| *tag == prop.tag.value()) {
                Some((_, code)) => problems.push(PropProblem::new(index, prop.tag, code)),
                None => drop(self.props.borrow_mut().insert(prop.tag.value(), prop.value.clone())),
            }
        }
        Ok(problems)
    }

    fn ids_from_names(&self, names: &[NamedProp]) -> Result<Vec<Option<PropId>>> {
        self.called("GetIDsFromNames");
        for name in names {
            let known = self.names.borrow().contains(name);
            if !known {
                self.names.borrow_mut().push(name.clone());
            }
        }
        Ok(names.iter().map(|name| self.id_of(name).map(PropId::new)).collect())
    }

    fn create_stream(&self, tag: PropTag) -> Result<Box<dyn io::Write + 't>> {
        self.called("OpenProperty IStream");
        Ok(Box::new(Sink(tag, Rc::clone(&self.props), Vec::new())))
    }

    fn has_recipients(&self) -> Result<bool> {
        Ok(!self.rows.borrow().is_empty())
    }

    fn set_recipients(&self, rows: &[Recipient]) -> Result<()> {
        self.called("ModifyRecipients");
        *self.rows.borrow_mut() = rows.to_vec();
        Ok(())
    }

    fn attachment_numbers(&self) -> Result<Vec<u32>> {
        Ok(self.attachments.borrow().keys().copied().collect())
    }

    fn delete_attach(&self, number: u32) -> Result<()> {
        self.called("DeleteAttach");
        self.attachments.borrow_mut().remove(&number);
        Ok(())
    }

    fn create_attach(&self) -> Result<Arc<dyn CopyTarget<'t> + 't>> {
        self.called("CreateAttach");
        let made = self.made(TargetKind::Attachment);
        let number = self.attachments.borrow().keys().next_back().map_or(0, |last| last + 1);
        self.attachments.borrow_mut().insert(number, Arc::clone(&made));
        Ok(made)
    }

    fn create_message(&self) -> Result<Arc<dyn CopyTarget<'t> + 't>> {
        self.called("OpenProperty IMessage");
        let made = self.made(TargetKind::Message);
        *self.inner.borrow_mut() = Some(Arc::clone(&made));
        Ok(made)
    }

    fn create_storage(&self) -> Result<Arc<dyn Storage>> {
        self.called("OpenProperty IStorage");
        let file = Arc::new(CompoundFile::memory());
        *self.storage.borrow_mut() = Some(Arc::clone(&file));
        Ok(file)
    }

    fn save_changes(&self) -> Result<()> {
        self.called("SaveChanges");
        self.saves.set(self.saves.get() + 1);
        Ok(())
    }
}
