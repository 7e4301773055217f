//! The tabs of an organization.

/// What of the organization is in view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Overview,
    Documents,
    Activity,
}

impl Tab {
    pub(super) const ALL: [Self; 3] = [Self::Overview, Self::Documents, Self::Activity];

    /// The key that leads there.
    pub(super) fn number(self) -> &'static str {
        match self {
            Self::Overview => "1",
            Self::Documents => "2",
            Self::Activity => "3",
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Documents => "Documents",
            Self::Activity => "Activity",
        }
    }

    /// The one to the right; behind the last one the first.
    pub(super) fn next(self) -> Self {
        match self {
            Self::Overview => Self::Documents,
            Self::Documents => Self::Activity,
            Self::Activity => Self::Overview,
        }
    }

    /// The one to the left; before the first one the last.
    pub(super) fn previous(self) -> Self {
        match self {
            Self::Overview => Self::Activity,
            Self::Documents => Self::Overview,
            Self::Activity => Self::Documents,
        }
    }
}
