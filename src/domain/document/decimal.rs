//! Decimal numbers of 128 bits (IEEE 754-2008) as bytes and as text.

use std::fmt::{self, Write as _};
use thiserror::Error;

/// A decimal number of 128 bits (IEEE 754-2008, integer coding), taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decimal {
    /// No number; sign and payload are not kept.
    NaN,
    /// Greater or less than every number.
    Infinity {
        /// The sign.
        is_negative: bool,
    },
    /// coefficient × 10 to the exponent.
    Finite {
        /// The sign; zero has one too.
        is_negative: bool,
        /// Up to 34 digits.
        coefficient: u128,
        /// From -6176 to 6111.
        exponent: i32,
    },
}

/// Why a text is no decimal number of 128 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecimalError {
    /// Not a number.
    #[error("is not a decimal number")]
    NotANumber,
    /// More digits than are kept.
    #[error("has more than 34 significant digits")]
    TooLong,
    /// Beyond the exponents.
    #[error("is out of the range of decimal numbers, 1E-6176 to 9.999…E+6144")]
    OutOfRange,
}

/// The greatest coefficient and one.
const COEFFICIENTS: u128 = 10_u128.pow(34);
const LEAST_EXPONENT: i32 = -6176;
const GREATEST_EXPONENT: i32 = 6111;

impl Decimal {
    /// Reads the bytes of a value. A coefficient of more than 34 digits counts as 0, as the standard has it.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        let bits = u128::from_le_bytes(bytes);
        let is_negative = bits >> 127 == 1;
        let at = |shift: u32| i32::try_from(bits >> shift & 0x3fff).unwrap_or_default();
        match (bits >> 122) & 0b1_1111 {
            0b1_1111 => Self::NaN,
            0b1_1110 => Self::Infinity { is_negative },
            high if high >> 3 == 0b11 => {
                Self::Finite { is_negative, coefficient: 0, exponent: at(111) + LEAST_EXPONENT }
            }
            _ => {
                let coefficient = bits & ((1 << 113) - 1);
                let coefficient = if coefficient < COEFFICIENTS { coefficient } else { 0 };
                Self::Finite { is_negative, coefficient, exponent: at(113) + LEAST_EXPONENT }
            }
        }
    }

    /// The bytes of a value.
    pub fn to_bytes(self) -> [u8; 16] {
        let sign = |is_negative: bool| u128::from(is_negative) << 127;
        let bits = match self {
            Self::NaN => 0b1_1111 << 122,
            Self::Infinity { is_negative } => sign(is_negative) | 0b1_1110 << 122,
            Self::Finite { is_negative, coefficient, exponent } => {
                let exponent = u128::try_from(exponent - LEAST_EXPONENT).unwrap_or_default();
                sign(is_negative) | exponent << 113 | coefficient
            }
        };
        bits.to_le_bytes()
    }

    /// Reads a text such as `1.50`, `-1E+3`, `NaN` or `Infinity`. Digits that are lost must be zeros.
    ///
    /// # Errors
    /// When the text is not a number, or the number cannot be stored exactly.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        let (is_negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, text.get(1..).unwrap_or_default()),
            Some(b'+') => (false, text.get(1..).unwrap_or_default()),
            _ => (false, text),
        };
        match unsigned.to_ascii_lowercase().as_str() {
            "nan" => return Ok(Self::NaN),
            "inf" | "infinity" => return Ok(Self::Infinity { is_negative }),
            _ => {}
        }
        let (number, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, parse_exponent(exponent).ok_or(DecimalError::NotANumber)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = || whole.bytes().chain(fraction.bytes());
        if digits().next().is_none() || !digits().all(|digit| digit.is_ascii_digit()) {
            return Err(DecimalError::NotANumber);
        }
        let significant: Vec<u8> =
            digits().map(|digit| digit - b'0').skip_while(|digit| *digit == 0).collect();
        let exponent = exponent.saturating_sub(i64::try_from(fraction.len()).unwrap_or(i64::MAX));
        Self::exact(is_negative, &significant, exponent)
    }

    fn exact(is_negative: bool, digits: &[u8], mut exponent: i64) -> Result<Self, DecimalError> {
        let (least, greatest) = (i64::from(LEAST_EXPONENT), i64::from(GREATEST_EXPONENT));
        let mut kept = digits;
        // Zeros at the end go where there are too many digits or the exponent is too small.
        while let Some((0, rest)) = kept.split_last()
            && (kept.len() > 34 || exponent < least)
        {
            kept = rest;
            exponent = exponent.saturating_add(1);
        }
        if kept.len() > 34 {
            return Err(DecimalError::TooLong);
        }
        let mut coefficient = kept.iter().fold(0, |number: u128, digit| number * 10 + u128::from(*digit));
        if coefficient == 0 {
            exponent = exponent.clamp(least, greatest);
        }
        // Zeros are added where the exponent is too great.
        while exponent > greatest && coefficient * 10 < COEFFICIENTS {
            coefficient *= 10;
            exponent -= 1;
        }
        let exponent = i32::try_from(exponent).map_err(|_| DecimalError::OutOfRange)?;
        if (LEAST_EXPONENT..=GREATEST_EXPONENT).contains(&exponent) {
            Ok(Self::Finite { is_negative, coefficient, exponent })
        } else {
            Err(DecimalError::OutOfRange)
        }
    }
}

/// An exponent; one of more than 18 digits as a very great or very small one.
fn parse_exponent(text: &str) -> Option<i64> {
    let (is_negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] | rest => (false, rest),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let size = digits
        .iter()
        .fold(0_i64, |size, digit| size.saturating_mul(10).saturating_add((digit - b'0').into()));
    let size = size.min(i64::MAX / 4);
    Some(if is_negative { -size } else { size })
}

/// The canonical text of the standard: all digits that are stored, and an exponent where it is not from -6 to 0.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (is_negative, coefficient, exponent) = match *self {
            Self::NaN => return f.write_str("NaN"),
            Self::Infinity { is_negative } => {
                return f.write_str(if is_negative { "-Infinity" } else { "Infinity" });
            }
            Self::Finite { is_negative, coefficient, exponent } => (is_negative, coefficient, exponent),
        };
        if is_negative {
            f.write_char('-')?;
        }
        let digits = coefficient.to_string();
        let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
        let adjusted = exponent + count - 1;
        if exponent == 0 {
            return f.write_str(&digits);
        }
        if exponent < 0 && adjusted >= -6 {
            let whole = usize::try_from(count + exponent).unwrap_or_default();
            if whole > 0 {
                let (whole, fraction) = digits.split_at(whole);
                return write!(f, "{whole}.{fraction}");
            }
            let zeros = usize::try_from(-(count + exponent)).unwrap_or_default();
            return write!(f, "0.{}{digits}", "0".repeat(zeros));
        }
        let (first, rest) = digits.split_at(1);
        f.write_str(first)?;
        if !rest.is_empty() {
            write!(f, ".{rest}")?;
        }
        write!(f, "E{adjusted:+}")
    }
}
