use super::*;

/// What the check says about one file, by line, with a small `lib.rs` above it.
fn lines(file: &str, source: &str) -> Vec<usize> {
    let root = "mod wire; pub use msg::{Message, table::Row as TableRow}; pub use prop::tags;";
    let problems = check_source(file, source, &names_of_root(root));
    let line = |problem: &String| problem.split(':').nth(1).and_then(|line| line.parse().ok());
    problems.iter().map(|problem| line(problem).expect("file:line: text")).collect()
}

#[test]
fn downward_and_own_paths_pass() {
    let source = "use crate::error::{Code, Result};\nuse crate::stg::cfb;\nuse super::name;\n\
                  use std::fmt;\nfn f(x: crate::wire::Guid) -> self::Y { crate::prop::tag::z() }";
    assert!(lines("src/prop/typed.rs", source).is_empty());
}

#[test]
fn an_upward_use_is_found_with_its_line() {
    assert_eq!(lines("src/stg/name.rs", "use std::fmt;\nuse crate::msg::Message;"), [2]);
    assert_eq!(lines("src/limits.rs", "use crate::stg::Mode;"), [1]);
}

#[test]
fn the_body_uses_only_the_bottom_and_msg_may_use_the_body() {
    assert_eq!(lines("src/body/rtf/mod.rs", "use crate::prop::PropTag;"), [1]);
    assert_eq!(lines("src/prop/store.rs", "use crate::body::lzfu;"), [1]);
    assert!(lines("src/body/lzfu.rs", "use crate::wire::Reader;").is_empty());
    assert!(lines("src/msg/message.rs", "use crate::body::lzfu;").is_empty());
    assert!(lines("src/mime/export.rs", "use crate::{body, msg, prop, stg};").is_empty());
}

#[test]
fn each_branch_of_nested_groups_is_looked_at() {
    let source = "use crate::{\n    error::{Code, Error},\n    msg::{self, table::{Row, Sort}},\n\
                      prop::*,\n};";
    assert_eq!(lines("src/stg/mod.rs", source), [3, 3, 3, 4]);
}

#[test]
fn a_super_chain_that_leaves_the_layer_is_followed() {
    assert!(lines("src/stg/cfb/open.rs", "use super::super::name::Name;").is_empty());
    assert_eq!(lines("src/stg/cfb/open.rs", "use super::super::super::msg::Message;"), [1]);
    assert_eq!(lines("src/stg/mod.rs", "fn f() { super::prop::g() }"), [1]);
}

#[test]
fn inline_modules_count_as_a_level_for_super() {
    let source = "mod tests {\n  use super::*;\n  mod deep { use super::super::super::prop; }\n}\n\
                  use super::prop;";
    // From `stg::tests::deep`, three levels up is the root.
    assert_eq!(lines("src/stg/mod.rs", source), [3, 5]);
}

#[test]
fn a_path_in_an_expression_counts_and_text_does_not() {
    let source = "//! See crate::msg::Message.\n/// [`x`](crate::msg::Message)\n\
                  const A: &str = \"crate::msg::x\"; // crate::msg\nfn f() { crate::msg::g(); }";
    assert_eq!(lines("src/stg/mod.rs", source), [4]);
}

#[test]
fn a_name_from_the_root_counts_as_the_layer_it_came_from() {
    assert_eq!(lines("src/stg/mod.rs", "use crate::Message;"), [1]);
    assert_eq!(lines("src/stg/mod.rs", "use crate::TableRow;"), [1]);
    assert_eq!(lines("src/stg/mod.rs", "use crate::tags::PR_SUBJECT_W;"), [1]);
    assert!(lines("src/msg/mod.rs", "use crate::tags::PR_SUBJECT_W;").is_empty());
    assert!(lines("src/mime/mod.rs", "use crate::{Message, TableRow};").is_empty());
}

#[test]
fn an_unknown_name_or_the_whole_root_is_refused() {
    assert_eq!(lines("src/msg/mod.rs", "use crate::helpers::x;"), [1]);
    assert_eq!(lines("src/msg/mod.rs", "use crate::*;\nuse super::*;"), [1, 2]);
    assert!(lines("src/msg/mod.rs", "crate::codes! { A = 1 }").is_empty());
}

#[test]
fn visibilities_and_captures_are_no_imports() {
    let source = "pub(super) fn f<'a>(x: &'a u8) -> impl Sized + use<'a> { self.x }\n\
                  pub(in crate::stg) struct S; pub(crate) use name::Name;";
    assert!(lines("src/stg/mod.rs", source).is_empty());
}

#[test]
fn a_new_module_must_be_given_a_layer() {
    assert!(modules_without_layer("mod wire;\npub mod prop;").is_empty());
    assert_eq!(modules_without_layer("mod helpers;").len(), 1);
}
