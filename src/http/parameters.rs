//! Parameters of a query, each at most once.

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
}
