//! The values of one object: read some under the lock of the source, write them under the target's.

use super::names::Names;
use super::plan::Item;
use super::target::CopyTarget;
use super::values::Value;
use crate::error::{Code, Error, Result};
use crate::msg::object::{MapiProp, is_empty_array};
use crate::prop::store::mapped;
use crate::prop::{Prop, PropId, PropTag, PropValue};
use crate::stg::{Storage, Stream};
use crate::wire::codepage::choose::TextPage;
use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

/// The text and bytes that are held at once, about.
const BATCH: usize = 1 << 20;

/// Whether a failure ends the copy: nothing more would go well.
pub(super) fn ends_all(code: Code) -> bool {
    matches!(code, Code::ObjectDeleted | Code::NotEnoughDisk | Code::DiskError)
}

/// Values that go to one object.
pub(super) struct Batch<'b, 's, 't> {
    pub(super) from: &'b MapiProp<'s>,
    pub(super) to: &'b dyn CopyTarget<'t>,
    pub(super) own: &'b Option<MapiProp<'t>>,
    pub(super) names: &'b Names,
    pub(super) raw8: Option<TextPage>,
}

pub(super) type Verdicts = Vec<(Item, Result<(), Code>)>;

impl Batch<'_, '_, '_> {
    /// Copies these, reading and writing some at a time.
    pub(super) fn copy(&self, items: Vec<Item>, verdicts: &mut Verdicts) -> Result<()> {
        let mut left = items.into_iter().peekable();
        while left.peek().is_some() {
            // Read some under the lock of the source, then write them under that of the target.
            let mut values = Vec::new();
            self.from.handle.with(super::DOING, |body, id| {
                let mut size = 0;
                while size < BATCH
                    && let Some(item) = left.next()
                {
                    let value = body.value_for_copy(id, item.tag.id(), self.raw8);
                    size += value.as_ref().map_or(0, weight);
                    values.push((item, value));
                }
                Ok(())
            })?;
            let mut whole = Vec::new();
            for (item, value) in values {
                let verdict = match (value, self.names.of_target(item.tag.id())) {
                    (Err(error), _) if ends_all(error.code()) => return Err(error),
                    (Err(error), _) => Err(error.code()),
                    (_, None) => Err(Code::UnexpectedId),
                    (Ok(Value::Whole(value)), Some(id)) => {
                        let tag = PropTag::from_parts(id, value.prop_type());
                        whole.push((item, Prop { tag, value }));
                        continue;
                    }
                    (Ok(Value::Large(stream, prop_type)), Some(id)) => {
                        self.pass(&*stream, PropTag::from_parts(id, prop_type))
                    }
                    (Ok(Value::Object(inner)), Some(id)) => self.object(id, &inner),
                };
                verdicts.push((item, verdict));
            }
            self.set(whole, verdicts)?;
        }
        Ok(())
    }

    fn set(&self, props: Vec<(Item, Prop)>, verdicts: &mut Verdicts) -> Result<()> {
        if props.is_empty() {
            return Ok(());
        }
        if let Some(own) = self.own {
            return own.handle.with(super::DOING, |body, id| {
                for (item, prop) in props {
                    verdicts.push((item, body.set_copied(id, prop)));
                }
                Ok(())
            });
        }
        let (items, props): (Vec<Item>, Vec<Prop>) =
            props.into_iter().filter(|(_, prop)| !is_empty_array(&prop.value)).unzip();
        let problems = self.to.set_props(&props)?;
        let codes: HashMap<usize, Code> = problems.iter().map(|p| (p.index, p.code)).collect();
        for (at, item) in items.into_iter().enumerate() {
            verdicts.push((item, codes.get(&at).map_or(Ok(()), |code| Err(*code))));
        }
        Ok(())
    }

    /// Passes a large value in pieces.
    fn pass(&self, stream: &dyn Stream, tag: PropTag) -> Result<(), Code> {
        let failed = |error: std::io::Error| match error.downcast::<Error>() {
            Ok(error) => mapped(error).code(),
            Err(_) => Code::DiskError,
        };
        let mut target = self.to.create_stream(tag).map_err(|error| error.code())?;
        let mut piece = vec![0; BATCH];
        let mut at = 0;
        loop {
            let got = stream.read_at(at, &mut piece).map_err(|error| mapped(error).code())?;
            let Some(bytes) = piece.get(..got).filter(|bytes| !bytes.is_empty()) else { break };
            target.write_all(bytes).map_err(failed)?;
            at += got as u64;
        }
        target.flush().map_err(failed)
    }

    /// An object property that is not an attachment's data: only our own objects hold such.
    fn object(&self, id: PropId, inner: &Arc<dyn Storage>) -> Result<(), Code> {
        let Some(own) = self.own else { return Err(Code::InterfaceNotSupported) };
        let set =
            own.handle.with(super::DOING, |body, object| body.set_copied_object(object, id, inner));
        set.map_err(|error| error.code())
    }
}

/// About how much memory a value takes.
fn weight(value: &Value) -> usize {
    let Value::Whole(value) = value else { return 64 };
    64 + match value {
        PropValue::String8(bytes) | PropValue::Binary(bytes) | PropValue::Opaque(_, bytes) => {
            bytes.len()
        }
        PropValue::Unicode(text) => text.units().count() * 2,
        PropValue::MvBinary(values) | PropValue::MvString8(values) => {
            values.iter().map(Vec::len).sum()
        }
        PropValue::MvUnicode(values) => values.iter().map(|text| text.units().count() * 2).sum(),
        _ => 64,
    }
}
