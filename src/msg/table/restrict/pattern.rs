//! Simple regular expressions, in time bounded by both lengths: no backtracking.

use super::super::compare::fold;

/// One step of a pattern.
enum Step {
    Any,
    One(char),
    /// Ranges of characters, and whether it is those or all others.
    Set(Vec<(char, char)>, bool),
}

impl Step {
    fn takes(&self, c: char) -> bool {
        match self {
            Step::Any => true,
            Step::One(one) => *one == c,
            Step::Set(ranges, inside) => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) == *inside
            }
        }
    }
}

/// Whether the text has a place that matches; case does not matter. `.` is any character, `*` any
/// number of the one before, `^` and `$` the ends, `[a-z]` and `[^a-z]` sets.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let mut pattern: Vec<char> = pattern.chars().map(fold).collect();
    let at_start = pattern.first() == Some(&'^');
    let at_end = pattern.last() == Some(&'$') && pattern.len() > usize::from(at_start);
    if at_end {
        pattern.pop();
    }
    let steps = parse(&pattern, usize::from(at_start));
    let end = steps.len();
    // The places in the pattern where what was read so far may have come to.
    let mut here = vec![false; end + 1];
    reach(&steps, &mut here, 0);
    for c in text.chars().map(fold) {
        if ends(&here) && !at_end {
            return true;
        }
        let mut next = vec![false; end + 1];
        for (at, (step, many)) in steps.iter().enumerate() {
            if here.get(at) == Some(&true) && step.takes(c) {
                reach(&steps, &mut next, if *many { at } else { at + 1 });
            }
        }
        if !at_start {
            reach(&steps, &mut next, 0);
        }
        here = next;
    }
    ends(&here)
}

fn ends(here: &[bool]) -> bool {
    here.last() == Some(&true)
}

/// Notes a place, and those behind it that may be left out.
fn reach(steps: &[(Step, bool)], places: &mut [bool], from: usize) {
    for at in from..=steps.len() {
        match places.get_mut(at) {
            Some(place) if !*place => *place = true,
            _ => return,
        }
        if !steps.get(at).is_some_and(|(_, many)| *many) {
            return;
        }
    }
}

fn parse(pattern: &[char], from: usize) -> Vec<(Step, bool)> {
    let mut steps: Vec<(Step, bool)> = Vec::new();
    let mut rest = pattern.get(from..).unwrap_or_default();
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        match first {
            '.' => steps.push((Step::Any, false)),
            '*' if !steps.is_empty() => {
                if let Some((_, many)) = steps.last_mut() {
                    *many = true;
                }
            }
            '[' => match set(more) {
                Some((step, after)) => {
                    steps.push((step, false));
                    rest = after;
                }
                None => steps.push((Step::One('['), false)),
            },
            literal => steps.push((Step::One(*literal), false)),
        }
    }
    steps
}

/// A set without its opening bracket, and what follows it. A bracket that comes first is a member.
fn set(text: &[char]) -> Option<(Step, &[char])> {
    let (inside, members) = match text.split_first() {
        Some(('^', members)) => (false, members),
        _ => (true, text),
    };
    let close = members.iter().skip(1).position(|c| *c == ']')? + 1;
    let (mut members, after) = members.split_at_checked(close)?;
    let mut ranges = Vec::new();
    while let [first, more @ ..] = members {
        if let ['-', last, more @ ..] = more {
            ranges.push((*first, *last));
            members = more;
        } else {
            ranges.push((*first, *first));
            members = more;
        }
    }
    Some((Step::Set(ranges, inside), after.get(1..).unwrap_or_default()))
}
