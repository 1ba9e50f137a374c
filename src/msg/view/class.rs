//! Message classes: which kind of item a message is.

/// A message class as stored, to be compared without regard to case at the `.` between its parts.
///
/// # Example
/// ```
/// use openimsg::ItemClass;
///
/// let class = ItemClass::new("ipm.contact.Customer\0");
/// assert!(class.is("IPM.Contact") && !class.is("IPM.Con"));
/// assert_eq!(ItemClass::new("").as_str(), "IPM.Note");
/// ```
///
/// Spec: msg-format 3.6.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemClass(String);

/// Which view a class has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Mail,
    Appointment,
    Meeting,
    Contact,
    DistList,
    Task,
    TaskRequest,
    Note,
    Journal,
    Post,
    Report,
    Other,
}

/// An occurrence that differs from its series, in an attachment of the appointment.
const EXCEPTION: &str = "IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}";
const KINDS: [(&str, Kind); 14] = [
    ("IPM.Note", Kind::Mail),
    ("IPM.Appointment", Kind::Appointment),
    (EXCEPTION, Kind::Appointment),
    ("IPM.Schedule.Meeting", Kind::Meeting),
    ("IPM.Contact", Kind::Contact),
    ("IPM.AbchPerson", Kind::Contact),
    ("IPM.DistList", Kind::DistList),
    ("IPM.Task", Kind::Task),
    ("IPM.TaskRequest", Kind::TaskRequest),
    ("IPM.StickyNote", Kind::Note),
    ("IPM.Activity", Kind::Journal),
    ("IPM.Post", Kind::Post),
    ("REPORT", Kind::Report),
    ("IPM.Report", Kind::Report),
];

impl ItemClass {
    /// Of a stored text: NULs at its end are dropped, an empty one is `IPM.Note`.
    #[must_use]
    pub fn new(stored: &str) -> ItemClass {
        let text = stored.trim_end_matches('\0');
        ItemClass(if text.is_empty() { "IPM.Note".into() } else { text.into() })
    }

    /// The class as text, in the case it was stored in.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is this class or one derived from it.
    #[must_use]
    pub fn is(&self, class: &str) -> bool {
        self.after(class).is_some()
    }

    /// Whether it ends with this part, which may have dots in it.
    #[must_use]
    pub fn ends_with(&self, part: &str) -> bool {
        let tail = self.0.len().checked_sub(part.len());
        let split = tail.and_then(|at| Some((self.0.get(..at)?, self.0.get(at..)?)));
        split.is_some_and(|(head, tail)| {
            tail.eq_ignore_ascii_case(part) && (head.is_empty() || head.ends_with('.'))
        })
    }

    /// What follows `class` and its dot; empty for `class` itself.
    pub(super) fn after(&self, class: &str) -> Option<&str> {
        let head = self.0.get(..class.len())?;
        let tail = self.0.get(class.len()..)?;
        if !head.eq_ignore_ascii_case(class) {
            return None;
        }
        if tail.is_empty() { Some("") } else { tail.strip_prefix('.') }
    }

    pub(super) fn kind(&self) -> Kind {
        // What a save gives a message without a class.
        if self.0.eq_ignore_ascii_case("IPM") {
            return Kind::Mail;
        }
        let found = KINDS.iter().find(|(class, _)| self.is(class));
        found.map_or(Kind::Other, |(_, kind)| *kind)
    }
}

impl std::fmt::Display for ItemClass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
