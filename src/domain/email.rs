//! Emails of accounts: the rules for a new one, and the key that belongs to one account.

use super::text;
use icu_properties::props::GeneralCategory;
use std::fmt;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// Bytes of an email at most (RFC 5321, section 4.5.3.1.3, less its angle brackets).
pub const MAX_EMAIL_BYTES: usize = 254;

/// Punctuation allowed before the @ (HTML, "valid email address").
const PUNCTUATION: &str = ".!#$%&'*+/=?^_`{|}~-";

/// Why a text is not an email.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Not exactly one `@` with text on both sides.
    #[error("An email needs exactly one @ with text before and after it.")]
    Form,
    /// Longer than [`MAX_EMAIL_BYTES`].
    #[error("An email has at most 254 bytes; this one has {0}.")]
    TooLong(usize),
    /// The first character is neither a letter nor a digit: a spreadsheet may run text that begins with `=` or `+`.
    #[error("An email begins with a letter or a digit; this one begins with {}.", text::described(*.0))]
    Beginning(char),
    /// A character that is not allowed before the @.
    #[error(
        "Before the @ an email has letters, digits and . ! # $ % & ' * + / = ? ^ _ ` {{ | }} ~ - only; this one has \
         {}.",
        text::described(*.0)
    )]
    Character(char),
    /// A character that is not allowed after the @.
    #[error("After the @ an email has letters, digits, - and dots only; this one has {}.", text::described(*.0))]
    DomainCharacter(char),
    /// A dot or a hyphen after the @ without a letter or digit on both sides.
    #[error("After the @ an email has single dots between labels that neither begin nor end with -.")]
    Domain,
    /// An alternative form of a character: full width, or a letter and its mark as two characters.
    #[error("Write this email as {:?}: it has {}, which is another form of the same.", .1, text::described(*.0))]
    OtherForm(char, String),
}

impl EmailError {
    /// The rule in a sentence that does not hold the email, for an answer that others may log.
    pub fn without_value(&self) -> String {
        if let Self::OtherForm(..) = self {
            return "Write the email in composed characters of usual width.".to_owned();
        }
        self.to_string()
    }
}

/// An email address as typed, and its key, with which it signs in to one account of the whole platform.
#[derive(Clone, PartialEq, Eq)]
pub struct Email {
    address: String,
    key: String,
}

impl Email {
    /// Reads a new email; trims white space around it.
    ///
    /// # Errors
    /// [`EmailError`] says which rule the text breaks.
    pub fn parse(typed: &str) -> Result<Self, EmailError> {
        let typed = typed.trim();
        if typed.len() > MAX_EMAIL_BYTES {
            return Err(EmailError::TooLong(typed.len()));
        }
        let Some((local, domain)) = typed
            .split_once('@')
            .filter(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'))
        else {
            return Err(EmailError::Form);
        };
        check_form(typed)?;
        if let Some(first) = local.chars().next().filter(|c| !is_letter_or_digit(*c)) {
            return Err(EmailError::Beginning(first));
        }
        if let Some(refused) = refused_in(local, PUNCTUATION) {
            return Err(EmailError::Character(refused));
        }
        if let Some(refused) = refused_in(domain, ".-") {
            return Err(EmailError::DomainCharacter(refused));
        }
        if domain.split('.').any(|label| label.is_empty() || label.starts_with('-') || label.ends_with('-')) {
            return Err(EmailError::Domain);
        }
        Ok(Self::stored(typed))
    }

    /// A stored email. Older rules may have allowed it, so it is not checked again.
    pub fn stored(address: &str) -> Self {
        Self { address: address.to_owned(), key: Self::key_of(address) }
    }

    /// The key of any text typed as an email, valid or not: lowercase, in NFKC.
    pub fn key_of(typed: &str) -> String {
        let mut key = typed.trim().to_lowercase();
        // Lowercasing may produce text that NFKC changes, and vice versa. Two rounds settle every character of
        // Unicode; the bound keeps the loop finite.
        for _ in 0..8 {
            if is_nfkc_quick(key.chars()) == IsNormalized::Yes {
                break;
            }
            let again = key.nfkc().collect::<String>().trim().to_lowercase();
            if again == key {
                break;
            }
            key = again;
        }
        key
    }

    /// The keys under which an account of this email may be stored, in lookup order. Emails that differed before keys
    /// were normalized keep their old keys (`former_key_of`).
    pub fn keys_of(typed: &str) -> impl Iterator<Item = String> {
        let (former, key) = (Self::former_key_of(typed), Self::key_of(typed));
        (former != key).then_some(former).into_iter().chain([key])
    }

    /// The key of an email before keys were normalized: only lowercased.
    pub fn former_key_of(typed: &str) -> String {
        typed.trim().to_lowercase()
    }

    /// As typed.
    pub fn as_str(&self) -> &str {
        &self.address
    }

    /// Lowercased, in NFKC.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// Checks that NFKC leaves the text unchanged.
fn check_form(typed: &str) -> Result<(), EmailError> {
    let plain: String = typed.nfkc().collect();
    if plain == typed {
        return Ok(());
    }
    let other = typed.chars().find(|c| !std::iter::once(*c).nfkc().eq([*c]));
    // Character by character: a letter and its mark may compose into one character.
    let other = other.or_else(|| typed.chars().find(|c| text::is_mark(*c)));
    let other = other.unwrap_or(char::REPLACEMENT_CHARACTER);
    if text::is_hidden(other) || other.is_whitespace() {
        return Err(EmailError::Character(other));
    }
    Err(EmailError::OtherForm(other, plain))
}

/// The first character that is not a letter, a digit, a mark after one of these, or one of `punctuation`.
fn refused_in(part: &str, punctuation: &str) -> Option<char> {
    let mut before = None;
    part.chars().find(|c| {
        let follows = before.replace(*c);
        let may_carry_mark = |before: char| is_letter_or_digit(before) || text::is_mark(before);
        let is_fine = is_letter_or_digit(*c)
            || punctuation.contains(*c)
            || (text::is_mark(*c) && !text::is_hidden(*c) && follows.is_some_and(may_carry_mark));
        !is_fine
    })
}

fn is_letter_or_digit(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || (text::is_letter(c) || text::category(c) == GeneralCategory::DecimalNumber) && !text::is_hidden(c)
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Email").field(&self.address).finish()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("ann@acme.example", "ann@acme.example")]
    #[case("Ann@ACME.example", "ann@acme.example")]
    #[case("a@b", "a@b")]
    #[case("7@b-1.c", "7@b-1.c")]
    #[case("Jürgen@Bäcker.example", "jürgen@bäcker.example")]
    #[case("a.!#$%&'*+/=?^_`{|}~-@x", "a.!#$%&'*+/=?^_`{|}~-@x")]
    #[case("أحمد٣@مثال.example", "أحمد٣@مثال.example")]
    #[case("हिन्दी@उदाहरण", "हिन्दी@उदाहरण")]
    #[case("ΟΔΟΣ@x", "οδος@x")]
    fn reads(#[case] typed: &str, #[case] key: &str) {
        let email = Email::parse(typed).unwrap();
        assert_eq!((email.as_str(), email.key()), (typed, key));
    }

    #[rstest]
    #[case("", EmailError::Form)]
    #[case("ann", EmailError::Form)]
    #[case("@b", EmailError::Form)]
    #[case("a@", EmailError::Form)]
    #[case("a@b@c", EmailError::Form)]
    #[case(" ", EmailError::Form)]
    #[case("a @b", EmailError::Character(' '))]
    #[case("a@\nb", EmailError::DomainCharacter('\n'))]
    #[case("a\u{1b}@b", EmailError::Character('\u{1b}'))]
    #[case("a\u{200b}@b", EmailError::Character('\u{200b}'))]
    #[case("a\u{2800}@b", EmailError::Character('\u{2800}'))]
    #[case("a\u{1160}@b", EmailError::Character('\u{1160}'))]
    #[case("a\u{fe0f}@b", EmailError::Character('\u{fe0f}'))]
    #[case("a\"b\"@x", EmailError::Character('"'))]
    #[case("a,b@x", EmailError::Character(','))]
    #[case("a<b>@x", EmailError::Character('<'))]
    #[case("a.\u{301}@x", EmailError::Character('\u{301}'))]
    #[case("=WEBSERVICE(\"http://x\")@x", EmailError::Beginning('='))]
    #[case("+a@x", EmailError::Beginning('+'))]
    #[case("-a@x", EmailError::Beginning('-'))]
    #[case(".a@x", EmailError::Beginning('.'))]
    #[case("\"><script>@x", EmailError::Beginning('"'))]
    #[case("\u{301}a@x", EmailError::Beginning('\u{301}'))]
    #[case("a@x_y", EmailError::DomainCharacter('_'))]
    #[case("a@[127.0.0.1]", EmailError::DomainCharacter('['))]
    #[case("a@x:25", EmailError::DomainCharacter(':'))]
    #[case("a@x..y", EmailError::Domain)]
    #[case("a@.x", EmailError::Domain)]
    #[case("a@x.", EmailError::Domain)]
    #[case("a@-x", EmailError::Domain)]
    #[case("a@x-.y", EmailError::Domain)]
    #[case("a\u{a0}@b", EmailError::Character('\u{a0}'))]
    #[case("ａ@x", EmailError::OtherForm('ａ', "a@x".into()))]
    #[case("a@x．y", EmailError::OtherForm('．', "a@x.y".into()))]
    #[case("jose\u{301}@x", EmailError::OtherForm('\u{301}', "josé@x".into()))]
    fn refuses(#[case] typed: &str, #[case] expected: EmailError) {
        assert_eq!(Email::parse(typed), Err(expected));
    }

    #[test]
    fn email_has_254_bytes_at_most() {
        assert!(Email::parse(&format!("{}@b", "a".repeat(252))).is_ok());
        assert_eq!(Email::parse(&format!("{}@b", "a".repeat(253))), Err(EmailError::TooLong(255)));
    }

    #[test]
    fn white_space_around_an_email_is_dropped() {
        for typed in [" ann@x", "ann@x\r\n", "\u{a0}\tann@x \u{3000}"] {
            let email = Email::parse(typed).unwrap();
            assert_eq!((email.as_str(), email.key()), ("ann@x", "ann@x"));
            assert_eq!(Email::key_of(typed), "ann@x");
        }
    }

    #[rstest]
    #[case("jose\u{301}@x", "josé@x")]
    #[case("JOSÉ@x", "josé@x")]
    #[case("ＡＮＮ＠ｘ", "ann@x")]
    #[case("ﬁ@x", "fi@x")]
    fn forms_of_one_email_have_one_key(#[case] typed: &str, #[case] key: &str) {
        assert_eq!(Email::key_of(typed), key);
        assert_eq!(Email::stored(typed).key(), key);
        let keys: Vec<_> = Email::keys_of(typed).collect();
        assert_eq!(keys.last().unwrap(), key);
        assert_eq!(keys.len(), if typed.to_lowercase() == key { 1 } else { 2 });
    }

    #[test]
    fn key_of_every_character_is_its_own_key() {
        for c in '\0'..=char::MAX {
            let key = Email::key_of(&format!("a{c}b@x"));
            assert_eq!(Email::key_of(&key), key, "U+{:04X}", u32::from(c));
        }
    }

    proptest! {
        #[test]
        fn key_of_a_key_is_itself(typed in "\\PC{1,20}@\\PC{1,20}") {
            let key = Email::key_of(&typed);
            prop_assert_eq!(Email::key_of(&key), key.as_str());
            if let Ok(email) = Email::parse(&typed) {
                prop_assert_eq!(email.key(), key);
                prop_assert!(!email.as_str().chars().any(text::is_hidden));
            }
        }
    }
}
