//! Parameters of a query, each at most once, and texts as parts of a query or a path.

use std::borrow::Cow;

/// Why a parameter has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ParameterError {
    /// It is not there.
    Missing,
    /// It is there twice: two values are a mistake, and neither is taken.
    Twice,
}

/// The value of a parameter. Bytes that are no UTF-8 become U+FFFD, which no stored text has.
pub(super) fn parameter(query: Option<&str>, name: &str) -> Result<String, ParameterError> {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let mut values = pairs.filter(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let value = values.next().ok_or(ParameterError::Missing)?;
    if values.next().is_some() { Err(ParameterError::Twice) } else { Ok(value) }
}

/// All parameters of a query, in their order.
pub(super) fn pairs(query: Option<&str>) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes())
}

/// A query with these parameters.
pub(super) fn query<'a>(pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// A text as one part of a path.
pub(super) fn path_part(text: &str) -> String {
    let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    // Only in a query a plus sign is a blank.
    encoded.replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_has_exactly_one_value() {
        let of = |query| parameter(Some(query), "name");
        assert_eq!(of("name=a%20b&x=1").as_deref(), Ok("a b"));
        assert_eq!(of("name=a+b").as_deref(), Ok("a b"));
        assert_eq!(of("name=").as_deref(), Ok(""));
        assert_eq!(of("name=%ff").as_deref(), Ok("\u{fffd}"));
        for missing in ["", "x=1", "Name=a", "name[]=a"] {
            assert_eq!(of(missing), Err(ParameterError::Missing), "{missing}");
        }
        assert_eq!(of("name=a&name=a"), Err(ParameterError::Twice));
        assert_eq!(parameter(None, "name"), Err(ParameterError::Missing));
    }

    #[test]
    fn part_of_a_path_is_encoded() {
        assert_eq!(path_part("a/b c+d@e"), "a%2Fb%20c%2Bd%40e");
        assert_eq!(query(pairs(Some("a=b+c&d=%26"))), "a=b+c&d=%26");
    }
}
