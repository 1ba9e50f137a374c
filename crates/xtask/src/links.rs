//! Relative links in Markdown files lead to files that exist.
//!
//! Links to the web, to mail addresses and to a heading of the same page are not
//! followed. A heading behind a file name is cut off: the file must exist, the
//! heading is not looked for. Code blocks and code spans hold no links.

use crate::files;
use crate::outcome::{Outcome, only_flags, report};
use crate::say::say;
use std::path::{Component, Path, PathBuf};

pub(crate) fn check(args: &[String]) -> Outcome {
    only_flags(args, &[])?;
    let pages = files::under("", &["md"]);
    let (mut problems, mut followed) = (Vec::new(), 0);
    for page in &pages {
        for (line, target) in links(&files::read(page)?) {
            let Some(file) = resolve(page, &target) else { continue };
            followed += 1;
            match file {
                Some(file) if files::root().join(&file).exists() => {}
                Some(_) => problems.push(format!("{page}:{line}: {target} does not exist")),
                None => problems.push(format!("{page}:{line}: {target} leaves the repository")),
            }
        }
    }
    if problems.is_empty() {
        say!("links: {} pages, {followed} links inside the repository", pages.len());
    }
    report(&problems)
}

/// The file that a link of `page` names, from the root: `None` for one that is not
/// ours to follow, `Some(None)` for one that climbs above the root.
fn resolve(page: &str, target: &str) -> Option<Option<PathBuf>> {
    let path = target.split('#').next().unwrap_or_default();
    let has_scheme = path.split('/').next().is_some_and(|first| first.contains(':'));
    if path.is_empty() || has_scheme {
        return None;
    }
    let mut file = Path::new(page).parent().map(Path::to_path_buf).unwrap_or_default();
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir if !file.pop() => return Some(None),
            Component::ParentDir | Component::CurDir => {}
            Component::Normal(name) => file.push(name),
            Component::RootDir | Component::Prefix(_) => return Some(None),
        }
    }
    Some(Some(file))
}

/// The targets of all links in a page, each with its line.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            found.extend(links_of_line(line).into_iter().map(|target| (number + 1, target)));
        }
    }
    found
}

/// `[text](target)` anywhere in a line, and `[name]: target` at its beginning.
fn links_of_line(line: &str) -> Vec<String> {
    let line = without_code(line);
    let mut found = Vec::new();
    if let Some((name, target)) = line.split_once("]: ")
        && name.starts_with('[')
    {
        found.extend(target.split_whitespace().next().map(str::to_owned));
    }
    let mut rest = line.as_str();
    while let Some((_, after)) = rest.split_once("](") {
        let (target, later) = after.split_once(')').unwrap_or((after, ""));
        // A title may follow the target.
        found.extend(target.split_whitespace().next().map(str::to_owned));
        rest = later;
    }
    found
}

/// The line with the spans between backquotes left out.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_code() {
        let page = "see [a](b.md#c) and [`x`](d.rs \"title\")\n```\n[no](code)\n```\n`[n](o)`\n\
                    [r]: e/f.md";
        let found = links(page);
        let targets: Vec<(usize, &str)> = found.iter().map(|(n, t)| (*n, t.as_str())).collect();
        assert_eq!(targets, [(1, "b.md#c"), (1, "d.rs"), (6, "e/f.md")]);
    }

    #[test]
    fn relative_links_start_at_their_page_and_stay_inside() {
        let to = |page, target| resolve(page, target);
        assert_eq!(to("docs/a.md", "../README.md"), Some(Some("README.md".into())));
        assert_eq!(to("a.md", "docs/b.md#x"), Some(Some("docs/b.md".into())));
        assert_eq!(to("a.md", "../b.md"), Some(None));
        for elsewhere in ["https://example.org/a", "mailto:a@example.org", "#heading"] {
            assert_eq!(to("docs/a.md", elsewhere), None, "{elsewhere}");
        }
    }
}
