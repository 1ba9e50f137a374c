//! That our storages show what the model says.
#![allow(unreachable_pub, reason = "a part of a test")]

use super::common::{READ, name, stream_bytes};
use super::model::{Node, key};
use super::model_file::meta_of;
use super::model_world::World;
use openimsg::{Code, ElementKind, StatStg, Storage};
use std::sync::Arc;

impl World {
    /// Every open storage shows what the model says, whole or piece by piece.
    pub fn check(&mut self) {
        self.step += 1;
        for at in 0..self.open.len() {
            let storage = Arc::clone(&self.open[at].storage);
            let model = self.model(at).clone();
            assert_eq!(meta_of(&storage.stat().unwrap()), model.meta);
            let listed = storage.elements().unwrap();
            assert!(listed.is_sorted_by_key(|stat| stat.name.unwrap()));
            assert_eq!(listed.len(), model.members.len());
            assert_eq!(in_pieces(&*storage, 1 + self.step % 3), listed);
            for stat in listed {
                let shown = stat.name.unwrap();
                let (text, node) = &model.members[&key(&shown.to_string())];
                assert!(shown.is_identical(&name(text)), "{shown} {text}");
                match node {
                    Node::Storage(inner) => {
                        assert_eq!(stat.kind, ElementKind::Storage);
                        assert_eq!(meta_of(&stat), inner.meta);
                    }
                    Node::Stream(bytes) => {
                        assert_eq!(
                            (stat.kind, stat.size),
                            (ElementKind::Stream, bytes.len() as u64)
                        );
                        assert!(stream_bytes(&*storage, &shown).as_ref() == Ok(bytes), "{shown}");
                    }
                }
            }
        }
    }

    /// The same for storages that nobody has open, all the way down.
    pub fn check_deep(&mut self) {
        for at in 0..self.open.len() {
            let mut todo = vec![(Arc::clone(&self.open[at].storage), self.model(at).clone())];
            while let Some((storage, model)) = todo.pop() {
                assert_eq!(storage.elements().unwrap().len(), model.members.len());
                assert_eq!(meta_of(&storage.stat().unwrap()), model.meta);
                for (text, node) in model.members.into_values() {
                    match node {
                        Node::Stream(bytes) => {
                            assert!(stream_bytes(&*storage, &name(&text)) == Ok(bytes))
                        }
                        Node::Storage(inner) => match storage.open_storage(&name(&text), READ) {
                            Ok(below) => todo.push((below, inner)),
                            Err(error) => assert_eq!(error.code(), Code::StgAccessDenied),
                        },
                    }
                }
            }
        }
    }
}

fn in_pieces(storage: &dyn Storage, limit: usize) -> Vec<StatStg> {
    let mut all: Vec<StatStg> = Vec::new();
    loop {
        let after = all.last().and_then(|stat| stat.name);
        let some = storage.elements_after(after.as_ref(), limit).unwrap();
        assert!(some.len() <= limit);
        if some.is_empty() {
            return all;
        }
        all.extend(some);
    }
}
