//! `SRestriction`, which nests; it is followed a little deeper than the library takes, and no deeper.

use super::given_prop;
use crate::abi::*;
use crate::ffi::In;
use openimsg::mapi::restrictions as make;
use openimsg::{Code, Error, PropTag, Restriction, Result};

/// How deep it is followed. The library refuses what nests deeper than 256.
const DEPTH: u32 = 258;

/// The restriction; `None` for null.
pub(crate) fn restriction(given: In<SRestriction>) -> Option<Result<Restriction>> {
    given.get().map(|given| read(given, DEPTH))
}

fn too_complex<T>(note: &str) -> Result<T> {
    Err(Error::new(Code::TooComplex, "read restriction").note(note))
}

fn read(given: &SRestriction, depth: u32) -> Result<Restriction> {
    let Some(depth) = depth.checked_sub(1) else {
        return too_complex("it nests too deeply");
    };
    let union = &given.value;
    let parts = |parts: Parts| {
        let all = parts.parts.slice(parts.number);
        all.map(|all| all.iter().map(|part| read(part, depth)).collect()).transpose()
    };
    let part = |part: In<SRestriction>| part.get().map(|part| read(part, depth)).transpose();
    let prop = |with: &WithValue| with.prop.get().map(given_prop);
    match given.kind {
        0 => make::and(union.parts().number, parts(union.parts())?),
        1 => make::or(union.parts().number, parts(union.parts())?),
        2 => make::not(part(union.parts().parts)?),
        3 => {
            let with = union.with_value();
            make::content(with.how, with.tag, prop(&with).as_ref())
        }
        4 => {
            let with = union.with_value();
            make::property(with.how, with.tag, prop(&with).as_ref())
        }
        5 => {
            let Numbers { first, second, third } = union.numbers();
            make::compare_props(first, second, third)
        }
        6 => {
            let Numbers { first, second, third } = union.numbers();
            make::bit_mask(first, second, third)
        }
        7 => {
            let Numbers { first, second, third } = union.numbers();
            make::size(first, second, third)
        }
        8 => Ok(Restriction::exist(PropTag::new(union.numbers().second))),
        9 => too_complex("sub-objects are not looked into"),
        10 | 12 => match part(union.comment().part)? {
            Some(part) => Ok(part),
            None => Ok(Restriction::and([])),
        },
        11 => make::count(union.parts().number, part(union.parts().parts)?),
        _ => too_complex("an unknown kind"),
    }
}
