//! What the text means that comes from an editor.

use crate::domain::document::json::read;
use crate::domain::document::{DocumentError, RawDocumentBuf};

/// What is to be done with it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// It is the document that was given, but for white space.
    Unchanged,
    /// The user gave up; how the editor failed, if it did.
    Cancelled(Option<String>),
    /// The editor failed, and left another text.
    Doubtful(String),
    /// A document to be written.
    Document(RawDocumentBuf),
    /// No document.
    Invalid(DocumentError),
}

/// Judges what an editor left of `base`, the document that is edited, having begun with the text `given`.
pub(super) fn judge(base: &[u8], given: &str, text: Option<&str>, failure: Option<&str>) -> Verdict {
    let Some(text) = text else {
        return Verdict::Cancelled(failure.map(str::to_owned));
    };
    let document = read(text);
    let is_unchanged = document.as_ref().is_ok_and(|document| document.as_bytes() == base);
    match (failure, document) {
        (Some(failure), _) if is_unchanged || text == given => Verdict::Cancelled(Some(failure.to_owned())),
        (Some(failure), _) => Verdict::Doubtful(failure.to_owned()),
        (None, _) if is_unchanged => Verdict::Unchanged,
        (None, Ok(document)) => Verdict::Document(document),
        (None, Err(error)) => Verdict::Invalid(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> RawDocumentBuf {
        read(text).unwrap()
    }

    #[test]
    fn v1_to_v5_what_an_editor_leaves() {
        const GIVEN: &str = "{\n  \"_id\": 1,\n  \"n\": {\"$numberLong\":\"3\"}\n}\n";
        const NEW: &str = "{\"_id\": 1, \"n\": 4}";
        let base = document(GIVEN);
        let cancelled = |failure: &str| Verdict::Cancelled(Some(failure.to_owned()));
        for (text, failure, verdict) in [
            // V1, V2
            (Some(GIVEN), None, Verdict::Unchanged),
            (Some("\u{feff}{\r\n\t\"_id\":1,\"n\":{\"$numberLong\":\"3\"}}"), None, Verdict::Unchanged),
            (Some("\u{feff}{\r\n\t\"_id\": 1,\r\n\"n\": 4}"), None, Verdict::Document(document(NEW))),
            (Some("{\"n\":{\"$numberLong\":\"3\"},\"_id\":1}"), None, {
                Verdict::Document(document("{\"n\":{\"$numberLong\":\"3\"},\"_id\":1}"))
            }),
            // V4
            (None, None, Verdict::Cancelled(None)),
            (None, Some("exit code 1"), cancelled("exit code 1")),
            // V5
            (Some(GIVEN), Some("exit code 1"), cancelled("exit code 1")),
            (Some("{\"_id\":1,\"n\":{\"$numberLong\":\"3\"}}"), Some("signal 9"), cancelled("signal 9")),
            (Some(NEW), Some("signal 9"), Verdict::Doubtful("signal 9".to_owned())),
            (Some("{"), Some("exit code 1"), Verdict::Doubtful("exit code 1".to_owned())),
        ] {
            assert_eq!(judge(base.as_bytes(), GIVEN, text, failure), verdict, "{text:?}, {failure:?}");
        }
        // V3
        for text in ["{\"a\": 1,}", "{} {}", "[]", "null", "{\"_id\": ObjectId(\"x\")}", "{\"a\": 1", "// x"]
        {
            let verdict = judge(base.as_bytes(), GIVEN, Some(text), None);
            assert!(matches!(verdict, Verdict::Invalid(_)), "{text}: {verdict:?}");
        }
        // V10: another type is another value.
        let verdict = judge(base.as_bytes(), GIVEN, Some("{\"_id\":1,\"n\":3}"), None);
        assert!(matches!(verdict, Verdict::Document(_)), "{verdict:?}");
    }

    #[test]
    fn an_editor_that_fails_with_a_kept_text_as_it_was_gives_up() {
        let base = document("{}");
        assert_eq!(
            judge(base.as_bytes(), "{\"a\":", Some("{\"a\":"), Some("exit code 1")),
            Verdict::Cancelled(Some("exit code 1".to_owned()))
        );
    }
}
