//! Numbers of all types as one exact decimal form.

use super::super::decimal::Decimal;

pub(super) const NAN: u8 = 0x01;
const NEGATIVE_INFINITY: u8 = 0x02;
const NEGATIVE: u8 = 0x03;
const ZERO: u8 = 0x04;
const POSITIVE: u8 = 0x05;
const INFINITY: u8 = 0x06;

/// What is added to an exponent of base 100, so that it sorts as an unsigned number.
const BIAS: i32 = 1 << 15;
/// 5 to this power times 53 bits fits in 128 bits.
const SMALL_POWER: u32 = 32;

/// Appends the bytes of an integer.
pub(super) fn write_integer(out: &mut Vec<u8>, number: i64) {
    write_finite(out, number < 0, &digits_of(number.unsigned_abs().into()), 0);
}

/// Appends the bytes of a double: every one is a decimal number of at most 767 digits.
pub(super) fn write_double(out: &mut Vec<u8>, number: f64) {
    if number.is_nan() {
        return out.push(NAN);
    }
    if number.is_infinite() {
        return out.push(if number < 0.0 { NEGATIVE_INFINITY } else { INFINITY });
    }
    let bits = number.to_bits();
    let (fraction, exponent) =
        (bits & ((1 << 52) - 1), i32::try_from(bits >> 52 & 0x7ff).unwrap_or_default());
    let (mantissa, exponent) =
        if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) };
    if mantissa == 0 {
        return out.push(ZERO);
    }
    let twos = mantissa.trailing_zeros();
    let (mantissa, exponent) = (mantissa >> twos, exponent + twos.cast_signed());
    // m × 2⁻ᵏ = m × 5ᵏ × 10⁻ᵏ
    let power = exponent.unsigned_abs();
    let (factor, shift) = if exponent < 0 { (5, exponent) } else { (2, 0) };
    let product = (power <= SMALL_POWER).then(|| u128::from(mantissa) * u128::from(factor).pow(power));
    let digits = product.map_or_else(|| digits_of_product(mantissa, factor, power), digits_of);
    write_finite(out, number < 0.0, &digits, shift);
}

/// Appends the bytes of a decimal number.
pub(super) fn write_decimal(out: &mut Vec<u8>, bytes: [u8; 16]) {
    match Decimal::from_bytes(bytes) {
        Decimal::NaN => out.push(NAN),
        Decimal::Infinity { is_negative: true } => out.push(NEGATIVE_INFINITY),
        Decimal::Infinity { is_negative: false } => out.push(INFINITY),
        Decimal::Finite { is_negative, coefficient, exponent } => {
            write_finite(out, is_negative, &digits_of(coefficient), exponent);
        }
    }
}

/// Appends an integer of these digits times 10 to a power.
fn write_finite(out: &mut Vec<u8>, is_negative: bool, digits: &[u8], exponent: i32) {
    let digits = digits.get(digits.iter().take_while(|digit| **digit == 0).count()..).unwrap_or_default();
    if digits.is_empty() {
        return out.push(ZERO);
    }
    // 0.ddd × 10ᵖ with an even p, so that two digits are one of base 100
    let point = exponent + i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let is_odd = point.rem_euclid(2) == 1;
    let exponent = (point + i32::from(is_odd)).div_euclid(2);
    let flip = if is_negative { 0xff } else { 0x00 };
    out.push(if is_negative { NEGATIVE } else { POSITIVE });
    let biased = u16::try_from(exponent + BIAS).unwrap_or_default();
    out.extend(biased.to_be_bytes().map(|byte| byte ^ flip));
    let last = digits.iter().rposition(|digit| *digit != 0).unwrap_or_default();
    let digits = digits.get(..=last).unwrap_or_default();
    let (first, pairs) = if is_odd { digits.split_at(1) } else { digits.split_at(0) };
    out.extend(first.iter().map(|digit| (digit + 1) ^ flip));
    for pair in pairs.chunks(2) {
        let digit = match pair {
            [tens, ones] => tens * 10 + ones,
            [tens] => tens * 10,
            _ => 0,
        };
        out.push((digit + 1) ^ flip);
    }
    out.push(flip);
}

/// The decimal digits of a number, the highest first; there may be zeros before them.
fn digits_of(mut number: u128) -> Vec<u8> {
    // One division of 128 bits for 19 digits.
    const STEP: u128 = 10_000_000_000_000_000_000;
    let mut digits = Vec::with_capacity(40);
    loop {
        if let Ok(small) = u64::try_from(number) {
            push_digits(&mut digits, small);
            digits.reverse();
            return digits;
        }
        let end = digits.len() + 19;
        push_digits(&mut digits, u64::try_from(number % STEP).unwrap_or_default());
        digits.resize(end, 0);
        number /= STEP;
    }
}

/// The digits of a number times 2 or 5 to a power of up to 1074, as [`digits_of`].
fn digits_of_product(mut number: u64, factor: u32, mut power: u32) -> Vec<u8> {
    const BASE: u64 = 1_000_000_000;
    // The highest powers that are less than 2³¹.
    let at_once = if factor == 2 { 30 } else { 13 };
    let mut limbs: Vec<u64> = Vec::with_capacity(90);
    while number > 0 {
        limbs.push(number % BASE);
        number /= BASE;
    }
    while power > 0 {
        let step = power.min(at_once);
        power -= step;
        let multiplier = u64::from(factor).pow(step);
        let mut carry = 0;
        for limb in &mut limbs {
            let product = *limb * multiplier + carry;
            *limb = product % BASE;
            carry = product / BASE;
        }
        while carry > 0 {
            limbs.push(carry % BASE);
            carry /= BASE;
        }
    }
    let mut digits = Vec::with_capacity(limbs.len() * 9);
    for limb in limbs {
        let end = digits.len() + 9;
        push_digits(&mut digits, limb);
        digits.resize(end, 0);
    }
    digits.reverse();
    digits
}

/// Appends the digits of a number, the lowest first.
fn push_digits(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0 {
        bytes.push(u8::try_from(number % 10).unwrap_or_default());
        number /= 10;
    }
}
