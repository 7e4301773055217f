use super::Pattern;
use crate::domain::document::QueryError;
use crate::domain::document::raw::Value;
use proptest::prelude::*;

fn printed(pattern: &str, options: &str) -> String {
    let pattern = Pattern::new(pattern.as_bytes(), options.as_bytes())
        .unwrap_or_else(|error| panic!("{pattern}: {error}"));
    format!("/{}/{}", pattern.mongo, pattern.options)
}

/// What the crate and PCRE2 read alike, printed for PCRE2.
#[test]
fn patterns_are_spelled_out() {
    for (pattern, options, expected) in [
        ("abc", "", "/abc/"),
        ("^abc", "", "/^abc/"),
        ("a$", "", r"/a\z/"),
        ("a$", "m", "/a$/m"),
        ("^a", "m", r"/(?<![^\n])a/m"),
        ("(?m)^a$", "", r"/(?m)(?<![^\n])a$/"),
        ("(?m:^a)$", "", r"/(?m:(?<![^\n])a)\z/"),
        (r"\d\D\s\S\w\W", "", r"/[0-9][^0-9][\x{9}-\x{d} ][^\x{9}-\x{d} ][0-9A-Z\_a-z][^0-9A-Z\_a-z]/"),
        (r"\w", "i", r"/(?-i:[0-9A-Z\_a-z])/i"),
        (r"[\d.-]", "", r"/[0-9\.\-]/"),
        (r"[^\d]", "", "/[^0-9]/"),
        ("[[:alpha:]_]", "", r"/[A-Za-z\_]/"),
        ("[]a]", "", r"/[\]a]/"),
        ("a b # c", "x", "/ab/"),
        (r"a\ b[x]", "x", "/a b[x]/"),
        ("(?x) a  b ", "", "/ab/"),
        ("(?<name>a)|(b)", "", "/(?:a)|(?:b)/"),
        ("a{2}b{2,}c{2,3}?d*?", "", "/a{2}b{2,}c{2,3}?d*?/"),
        ("(?:a+)+", "", "/(?:a+)+/"),
        (r"\x{e9}\t\.\/", "", r"/é\x{9}\.//"),
        (r"\bx\B", "", r"/\bx\B/"),
        (r"\Aa\z", "", r"/\Aa\z/"),
        ("(?i-s:a.)", "s", "/(?i-s:a.)/s"),
        ("", "smi", "//ims"),
        (r"a\x00", "", r"/a\x{0}/"),
        ("é{2}", "i", "/é{2}/i"),
    ] {
        assert_eq!(printed(pattern, options), expected, "{pattern}");
    }
}

#[test]
fn q26_what_is_read_differently_is_refused() {
    for (pattern, options) in [
        ("(?=x)", ""),
        ("(?<!x)", ""),
        (r"(a)\1", ""),
        ("a++", ""),
        ("a{2}{3}", ""),
        ("(?>a)", ""),
        ("[a-z&&b]", ""),
        ("[a-z&&[^b]]", ""),
        ("[a[b]]", ""),
        (r"\<a", ""),
        (r"\b{start}a", ""),
        ("(?R)", ""),
        ("(?R)a", ""),
        ("(?u)a", ""),
        ("(?U)a+", ""),
        (r"\Qa\E", ""),
        ("a{,3}", ""),
        ("(?-u)a", ""),
        ("a\0", ""),
        ("[\0]", ""),
        (r"\pL", ""),
        (r"[\p{Greek}]", ""),
        ("[a b]", "x"),
        ("(?x)[a #]", ""),
        ("^*", ""),
        ("a{1001}", ""),
        ("(?:(?:a{1000}){1000}){1000}", ""),
        ("(", ""),
        ("[z-a]", ""),
        ("(?P<n>a)(?P<n>b)", ""),
    ] {
        let error = Pattern::new(pattern.as_bytes(), options.as_bytes()).unwrap_err();
        let QueryError::Pattern { column, reason, .. } = &error else { panic!("{pattern}: {error}") };
        assert!(*column >= 1 && reason.len() > 10, "{pattern}: {error}");
    }
    for long in [
        "a".repeat(40_000),
        r"\W".repeat(5_000),
        "(".repeat(10_000),
        "(?:".repeat(5_000) + &")".repeat(5_000),
    ] {
        assert!(Pattern::new(long.as_bytes(), b"").is_err());
    }
}

#[test]
fn a_stored_regular_expression_is_found_if_it_is_the_same() {
    let pattern = Pattern::new(b"a$", b"xi").unwrap();
    assert!(pattern.matches(&Value::Regex { pattern: br"a\z", options: b"i" }));
    assert!(!pattern.matches(&Value::Regex { pattern: b"a$", options: b"i" }));
    assert!(!pattern.matches(&Value::Int32(1)));
}

proptest! {
    /// What is printed is read again as the same.
    #[test]
    fn any_pattern_is_printed_or_refused(pattern in "[abé^$.|()\\[\\]*+?{}0-9,\\\\dwsbBAz\\-:i#&~ ]{0,16}", options in "[imsx]{0,2}", text in "[abé0 \\n]{0,6}") {
        if let Ok(one) = Pattern::new(pattern.as_bytes(), options.as_bytes())
            && !one.mongo.contains("(?<![^")
        {
            let again = Pattern::new(one.mongo.as_bytes(), one.options.as_bytes()).unwrap();
            prop_assert_eq!(&again.options, &one.options);
            let text = Value::String(text.as_bytes());
            prop_assert_eq!(again.matches(&text), one.matches(&text), "{} {}", pattern, one.mongo);
        }
    }
}
