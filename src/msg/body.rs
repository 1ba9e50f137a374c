//! The body of a top-level message: its storage, its names, and the objects open in it.

use super::given::Tree;
use super::handle::{Handle, ObjectId, TOP};
use super::release::{Kept, Release};
use super::rows::Rows;
use super::session::SessionOptions;
use super::stream::StreamCell;
use crate::error::{Code, Error, Place, Result};
use crate::limits::Limits;
use crate::prop::named::NameMap;
use crate::prop::store::{PropStore, mapped};
use crate::prop::stream::{self, HeaderKind};
use crate::prop::{ObjectKind, PropId, computed_once_saved};
use crate::stg::{Clock, ElementName, Mode, Storage, overlay};
use crate::wire::codepage::choose::TextPage;
use crate::wire::{CodePage, KeyMap};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Weak};

/// How strings of an object are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Unicode,
    Ansi,
}

/// What to open.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Open {
    /// What is there, or a fresh message of this form.
    Any(Form, Option<CodePage>),
    /// A fresh message; refuses one that is there.
    Fresh(Form, Option<CodePage>),
}

/// A top-level message and everything open in it.
pub(crate) struct Body {
    /// The caller's storage.
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) no_commit: bool,
    pub(crate) names: Option<NameMap>,
    pub(crate) objects: KeyMap<ObjectId, Object>,
    /// The open attachments by message and number.
    pub(crate) attachments: BTreeMap<(ObjectId, u32), ObjectId>,
    pub(crate) next_object: ObjectId,
    pub(crate) options: SessionOptions,
    /// The raw storages in callers' hands.
    pub(crate) given: Vec<Weak<Tree>>,
    /// Whom to tell when the message is closed.
    pub(crate) release: Option<Release>,
    /// What is let go of with the storage.
    pub(crate) kept: Option<Kept>,
    /// Counts what was derived from the seed.
    seeded: u64,
    mapping_signature: Option<[u8; 16]>,
    /// Goes up with every change of rows, so that tables notice.
    pub(crate) version: u64,
    /// How many of those are noted row by row. See [`Changes`](super::changes::Changes).
    pub(crate) told: u64,
}

/// What every object has.
pub(crate) struct Core {
    pub(crate) kind: ObjectKind,
    pub(crate) props: PropStore,
    pub(crate) writable: bool,
    /// Not yet saved for the first time.
    pub(crate) fresh: bool,
    /// Properties that the caller set, deleted or wrote since the last save.
    pub(crate) touched: HashSet<PropId>,
    pub(crate) streams: HashMap<PropId, Weak<StreamCell>>,
    /// Streams that were written and whose bytes are not yet the property's value.
    pub(crate) written: HashMap<PropId, Arc<StreamCell>>,
    pub(crate) handle: Weak<Handle>,
    pub(crate) form: Option<Form>,
    pub(crate) page: Option<TextPage>,
    /// What the bodies of a message say about its attachments.
    pub(crate) scan: Option<Arc<super::inline::BodyScan>>,
}

/// An open object.
pub(crate) enum Object {
    Message(MessageState),
    Attachment(AttachState),
}

pub(crate) struct MessageState {
    pub(crate) core: Core,
    /// The attachment that holds it; `None` for the top level.
    pub(crate) parent: Option<ObjectId>,
    pub(crate) depth: usize,
    pub(crate) rows: Option<Rows>,
    /// Saved at least once after it was created, or found in the file.
    pub(crate) stored: bool,
    pub(crate) recipients_changed: bool,
    pub(crate) attachments_changed: bool,
    /// A name or something below was saved into this message since its own last save.
    pub(crate) below_changed: bool,
    /// It had a name map of its own and was rewritten, in memory, to the names of the file.
    pub(crate) renumbered: bool,
    /// The plain body before its first change since the last save; `None` when untouched.
    pub(crate) body_before: Option<Option<String>>,
}

pub(crate) struct AttachState {
    pub(crate) core: Core,
    pub(crate) message: ObjectId,
    pub(crate) number: u32,
    /// The embedded message, while it is open.
    pub(crate) embedded: Option<ObjectId>,
    /// The raw storage that was given out, while somebody holds it.
    pub(crate) raw: Option<Raw>,
    pub(crate) below_changed: bool,
}

/// A raw storage of an attachment.
#[derive(Clone)]
pub(crate) struct Raw {
    /// As the caller has it. It keeps the attachment: never to be let go of under the lock.
    pub(crate) given: Weak<dyn Storage>,
    /// What is behind it.
    pub(crate) inner: Weak<dyn Storage>,
}

impl Raw {
    pub(crate) fn is_open(&self) -> bool {
        self.given.strong_count() > 0
    }
}

impl Object {
    pub(crate) fn core(&self) -> &Core {
        match self {
            Object::Message(message) => &message.core,
            Object::Attachment(attachment) => &attachment.core,
        }
    }

    pub(crate) fn core_mut(&mut self) -> &mut Core {
        match self {
            Object::Message(message) => &mut message.core,
            Object::Attachment(attachment) => &mut attachment.core,
        }
    }
}

impl Core {
    pub(crate) fn new(kind: ObjectKind, props: PropStore, writable: bool, fresh: bool) -> Core {
        Core {
            kind,
            props,
            writable,
            fresh,
            touched: HashSet::new(),
            streams: HashMap::new(),
            written: HashMap::new(),
            handle: Weak::new(),
            form: None,
            page: None,
            scan: None,
        }
    }

    pub(crate) fn storage(&self) -> &Arc<dyn Storage> {
        self.props.storage()
    }

    /// Whether this is a time that clients may set until the first save. Spec: C-238.
    pub(crate) fn may_set_once(&self, id: PropId) -> bool {
        self.fresh && self.kind == ObjectKind::Message && computed_once_saved(id)
    }

    /// Refuses changes of a read-only object.
    pub(crate) fn check_writable(&self, doing: &'static str) -> Result<()> {
        match self.writable {
            true => Ok(()),
            false => Err(Error::new(Code::NoAccess, doing).note("the object is open for reading")),
        }
    }
}

impl MessageState {
    pub(crate) fn new(core: Core, parent: Option<ObjectId>, depth: usize) -> MessageState {
        MessageState {
            stored: !core.fresh,
            core,
            parent,
            depth,
            rows: None,
            recipients_changed: false,
            attachments_changed: false,
            below_changed: false,
            renumbered: false,
            body_before: None,
        }
    }
}

impl Body {
    /// Opens the message on a storage. Nothing is written. Spec: imessage-contract 1.4.
    pub(crate) fn open(
        storage: Arc<dyn Storage>,
        how: Open,
        options: SessionOptions,
    ) -> Result<Body> {
        const DOING: &str = "open message";
        let mode = match storage.stat() {
            Ok(stat) => stat.mode,
            Err(e) if matches!(e.code(), Code::NoSupport | Code::StgUnimplementedFunction) => {
                Mode::READWRITE.and(Mode::TRANSACTED)
            }
            Err(e) => return Err(mapped(e)),
        };
        let refuse = |code, note: &str| Err(Error::new(code, DOING).note(note));
        match mode.access() {
            1 => return refuse(Code::NoAccess, "a write-only storage cannot hold a message"),
            3 => return refuse(Code::InvalidParameter, "the storage has an access mode of 3"),
            2 if !mode.is_transacted() => {
                return refuse(Code::InvalidParameter, "a writeable storage must be TRANSACTED");
            }
            _ => {}
        }
        let writable = mode.can_write();
        let level = if writable { overlay(&storage, options.clock)? } else { Arc::clone(&storage) };
        let limits = options.limits;
        let (props, fresh) = match has_message(&*storage)? {
            true if matches!(how, Open::Fresh(..)) => {
                return refuse(Code::Collision, "the storage holds a message already");
            }
            true => (PropStore::open(level, HeaderKind::TopLevel, limits)?, None),
            false if !writable || has_own_elements(&*storage)? => {
                let place = Place::new("/__properties_version1.0").rule("MS-OXMSG 2.2");
                let note = "there is no message in this storage, or it lost its property stream";
                return Err(Error::new(Code::CorruptData, DOING).note(note).place(place));
            }
            false => {
                let fresh = match how {
                    Open::Any(form, page) | Open::Fresh(form, page) => (form, page),
                };
                (PropStore::new(level, HeaderKind::TopLevel, limits), Some(fresh))
            }
        };
        let core = Core::new(ObjectKind::Message, props, writable, fresh.is_some());
        let mut body = Body {
            storage,
            no_commit: options.no_storage_commit,
            names: None,
            objects: KeyMap::default(),
            attachments: BTreeMap::new(),
            next_object: TOP + 1,
            options,
            given: Vec::new(),
            release: None,
            kept: None,
            seeded: 0,
            mapping_signature: None,
            version: 0,
            told: 0,
        };
        let mut message = MessageState::new(core, None, 0);
        if let Some((form, page)) = fresh {
            body.fill_fresh_message(&mut message, form, page)?;
        }
        body.objects.insert(TOP, Object::Message(message));
        Ok(body)
    }

    /// Ends every storage and stream that was given out below this message. The caller's own storage
    /// is the caller's. Not to be called under the lock. Spec: C-018.
    pub(crate) fn end(&self) {
        self.given.iter().filter_map(Weak::upgrade).for_each(|tree| tree.end());
        for (id, object) in &self.objects {
            let streams = object.core().streams.values().filter_map(Weak::upgrade);
            streams.for_each(|stream| stream.end());
            let storage = object.core().storage();
            if *id != TOP || !Arc::ptr_eq(storage, &self.storage) {
                storage.end();
            }
        }
    }

    pub(crate) fn insert_object(&mut self, id: ObjectId, object: Object) {
        if let Object::Attachment(attachment) = &object {
            self.attachments.insert((attachment.message, attachment.number), id);
        }
        self.objects.insert(id, object);
    }

    /// Takes an object away: its handles are zombies, and storages given out below it end.
    pub(crate) fn remove_object(&mut self, id: ObjectId) -> Option<Object> {
        let object = self.objects.remove(&id)?;
        if let Object::Attachment(attachment) = &object {
            self.attachments.remove(&(attachment.message, attachment.number));
        }
        object.core().streams.values().filter_map(Weak::upgrade).for_each(|stream| stream.end());
        if id != TOP {
            object.core().storage().end();
        }
        Some(object)
    }

    pub(crate) fn clock(&self) -> Clock {
        self.options.clock
    }

    pub(crate) fn limits(&self) -> Limits {
        self.options.limits
    }

    /// The core of an open object.
    pub(crate) fn core(&mut self, id: ObjectId) -> Result<&mut Core> {
        let object = self.objects.get_mut(&id).map(Object::core_mut);
        object.ok_or_else(|| Error::new(Code::ObjectDeleted, "use object"))
    }

    pub(crate) fn message(&mut self, id: ObjectId) -> Result<&mut MessageState> {
        match self.objects.get_mut(&id) {
            Some(Object::Message(message)) => Ok(message),
            _ => Err(Error::new(Code::ObjectDeleted, "use message")),
        }
    }

    pub(crate) fn attachment(&mut self, id: ObjectId) -> Result<&mut AttachState> {
        match self.objects.get_mut(&id) {
            Some(Object::Attachment(attachment)) => Ok(attachment),
            _ => Err(Error::new(Code::ObjectDeleted, "use attachment")),
        }
    }

    /// The message that an object is or belongs to.
    pub(crate) fn message_of(&self, id: ObjectId) -> ObjectId {
        match self.objects.get(&id) {
            Some(Object::Attachment(attachment)) => attachment.message,
            _ => id,
        }
    }

    /// The named-property map, read at its first use; one for the whole file.
    pub(crate) fn names(&mut self) -> Result<&mut NameMap> {
        if self.names.is_none() {
            // The top-level object outlives all others of its body, or the map was read from there.
            let level = match self.objects.get(&TOP) {
                Some(top) => Arc::clone(top.core().storage()),
                None => Arc::clone(&self.storage),
            };
            self.names = Some(NameMap::load(&level, self.options.limits)?);
        }
        Ok(self.names.get_or_insert_default())
    }

    /// 16 bytes that nobody else has; under a seed, always the same ones.
    pub(crate) fn unique(&mut self) -> Result<[u8; 16]> {
        let mut bytes = [0; 16];
        match self.options.seed {
            Some(seed) => {
                self.seeded += 1;
                let (high, low) = bytes.split_at_mut(8);
                high.copy_from_slice(&mix(seed ^ self.seeded.rotate_left(32)).to_le_bytes());
                low.copy_from_slice(&mix(seed.wrapping_add(mix(self.seeded))).to_le_bytes());
            }
            None => getrandom::fill(&mut bytes).map_err(|e| {
                Error::new(Code::NotEnoughResources, "create message").note(e.to_string())
            })?,
        }
        Ok(bytes)
    }

    /// The same 16 bytes for all objects of this message, others at each opening. Spec: C-246.
    pub(crate) fn mapping_signature(&mut self) -> Result<[u8; 16]> {
        if let Some(signature) = self.mapping_signature {
            return Ok(signature);
        }
        let signature = self.unique()?;
        self.mapping_signature = Some(signature);
        Ok(signature)
    }
}

/// The finaliser of SplitMix64: well spread bits from a counter.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// Whether the storage has a property stream.
fn has_message(storage: &dyn Storage) -> Result<bool> {
    // Mostly it is short, and then no handle on it is made.
    const LIMIT: u64 = 1 << 16;
    match storage.with_stream(&ElementName::ascii(stream::NAME), LIMIT, &mut |_| ()) {
        Err(e) if e.code() == Code::TooBig => Ok(true),
        found => found.map_err(mapped),
    }
}

/// Whether there is any element that a message would own. Spec: C-042, C-258.
fn has_own_elements(storage: &dyn Storage) -> Result<bool> {
    let elements = storage.elements().map_err(mapped)?;
    let own = |name: &ElementName| name.units().starts_with(&[0x5F, 0x5F]);
    Ok(elements.iter().filter_map(|stat| stat.name.as_ref()).any(own))
}
