//! Scripts of steps on a compound file and on the plain model of it.
#![allow(dead_code, reason = "each test binary uses a part")]

use crate::common::{RW, name};
use crate::replay::{Run, State};
use openimsg::{CommitFlags, Mode, Storage};

/// One step. Paths begin at the root and have no slash in front.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Do {
    /// A stream of so many bytes, made anew.
    Put(&'static str, usize),
    /// So many streams, called by the path and a number.
    Many(&'static str, usize, usize),
    /// Bytes of a stream: at, how many.
    Write(&'static str, usize, usize),
    Size(&'static str, usize),
    Dir(&'static str),
    Bits(&'static str, u32),
    Del(&'static str),
    /// All members whose names begin so.
    DelAll(&'static str),
    Rename(&'static str, &'static str),
    /// Steps in a transaction of a storage, whose path the paths in it do not name; then whether it is
    /// committed, or reverted.
    Inner(&'static str, &'static [Do], bool),
    Commit(CommitFlags),
    Reopen,
}

/// Bytes that differ from step to step.
pub(crate) fn bytes(len: usize, salt: usize) -> Vec<u8> {
    (0..len).map(|at| (at.wrapping_mul(31) ^ (at >> 8) ^ salt.wrapping_mul(77)) as u8).collect()
}

/// Takes a step everywhere.
pub(crate) fn step(run: &mut Run, salt: usize, todo: Do) {
    match todo {
        Do::Commit(flags) => drop(run.commit(flags)),
        Do::Reopen => {
            run.file = None;
            run.file = Some(run.target.edit());
        }
        other => {
            let mut model = std::mem::take(&mut run.model);
            change(run.file(), &mut model, "", salt, other);
            run.model = model;
        }
    }
}

fn change(root: &dyn Storage, model: &mut State, prefix: &str, salt: usize, todo: Do) {
    let at = |path: &str, work: &mut dyn FnMut(&dyn Storage, &str)| {
        let mut names: Vec<&str> = path.split('/').collect();
        let last = names.pop().unwrap();
        let mut inner = None;
        for step in names {
            let at: &dyn Storage = inner.as_deref().unwrap_or(root);
            inner = Some(at.open_storage(&name(step), RW).unwrap());
        }
        work(inner.as_deref().unwrap_or(root), last);
    };
    let key = |path: &str| format!("{prefix}/{path}");
    let forget = |model: &mut State, gone: &str| {
        let (below, bits) = (format!("{gone}/"), format!("{gone}:"));
        let goes = |it: &str| it == gone || it.starts_with(&below) || it.starts_with(&bits);
        model.retain(|it, _| !goes(it));
    };
    match todo {
        Do::Put(path, len) => {
            let content = bytes(len, salt);
            at(path, &mut |at, last| {
                let stream = at.create_stream(&name(last), RW.and(Mode::CREATE)).unwrap();
                stream.write_at(0, &content).unwrap();
            });
            forget(model, &key(path));
            model.insert(key(path), Some(content));
        }
        Do::Many(path, count, len) => {
            for number in 0..count {
                let content = bytes(len + number % 7, salt + number);
                at(path, &mut |at, last| {
                    let stream = at.create_stream(&name(&format!("{last}{number}")), RW).unwrap();
                    stream.write_at(0, &content).unwrap();
                });
                model.insert(key(&format!("{path}{number}")), Some(content));
            }
        }
        Do::Write(path, from, len) => {
            let data = bytes(len, salt);
            at(path, &mut |at, last| {
                let stream = at.open_stream(&name(last), RW).unwrap();
                stream.write_at(from as u64, &data).unwrap();
            });
            let content = model.get_mut(&key(path)).unwrap().as_mut().unwrap();
            content.resize(content.len().max(from + len), 0);
            content[from..from + len].copy_from_slice(&data);
        }
        Do::Size(path, size) => {
            at(path, &mut |at, last| {
                at.open_stream(&name(last), RW).unwrap().set_size(size as u64).unwrap();
            });
            model.get_mut(&key(path)).unwrap().as_mut().unwrap().resize(size, 0);
        }
        Do::Dir(path) => {
            at(path, &mut |at, last| {
                at.create_storage(&name(last), RW.and(Mode::CREATE)).unwrap();
            });
            forget(model, &key(path));
            model.insert(key(path), None);
        }
        Do::Bits(path, bits) => {
            let put = |storage: &dyn Storage| storage.set_state_bits(bits, u32::MAX).unwrap();
            match path {
                "" => put(root),
                _ => at(path, &mut |at, last| put(&*at.open_storage(&name(last), RW).unwrap())),
            }
            let key = if path.is_empty() { format!("{prefix}:bits") } else { key(path) + ":bits" };
            model.insert(key, Some(bits.to_le_bytes().to_vec()));
        }
        Do::Del(path) => {
            at(path, &mut |at, last| at.destroy_element(&name(last)).unwrap());
            forget(model, &key(path));
        }
        Do::DelAll(begin) => {
            at(begin, &mut |at, begin| {
                for member in at.elements().unwrap() {
                    let name = member.name.unwrap();
                    if name.to_string().starts_with(begin) {
                        at.destroy_element(&name).unwrap();
                    }
                }
            });
            let begin = key(begin);
            model.retain(|it, _| !it.starts_with(&begin));
        }
        Do::Rename(path, new) => {
            at(path, &mut |at, last| at.rename_element(&name(last), &name(new)).unwrap());
            let old = key(path);
            let new = match old.rsplit_once('/') {
                Some((above, _)) => format!("{above}/{new}"),
                None => unreachable!("a path has a slash"),
            };
            let is_it = |it: &str| it == old || it.starts_with(&format!("{old}/"));
            let moved: Vec<_> = model
                .iter()
                .filter(|(it, _)| is_it(it))
                .map(|(it, content)| (format!("{new}{}", &it[old.len()..]), content.clone()))
                .collect();
            forget(model, &old);
            model.extend(moved);
        }
        Do::Inner(path, steps, keep) => {
            let mode = RW.and(Mode::TRANSACTED);
            let mut inside = model.clone();
            at(path, &mut |at, last| {
                let inner = at.open_storage(&name(last), mode).unwrap();
                for (number, todo) in steps.iter().enumerate() {
                    change(&*inner, &mut inside, &key(path), salt + number, *todo);
                }
                match keep {
                    true => inner.commit(CommitFlags::empty()).unwrap(),
                    false => inner.revert().unwrap(),
                }
            });
            if keep {
                *model = inside;
            }
        }
        Do::Commit(_) | Do::Reopen => unreachable!("not a change"),
    }
}
