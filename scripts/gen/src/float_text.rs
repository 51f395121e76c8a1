//! Numbers as protoc writes them into default values.

/// A `float` with the fewest digits, 6 or 9, that keep its value.
pub fn float(value: f64) -> String {
    // Rounds as the field itself would.
    let value = value as f32;
    shortest(f64::from(value), [6, 9], |text| {
        // C takes the rounding of such small numbers for a failure.
        !value.is_subnormal() && text.parse::<f32>() == Ok(value)
    })
}

/// A `double` with the fewest digits, 15 or 17, that keep its value.
pub fn double(value: f64) -> String {
    shortest(value, [15, 17], |text| text.parse::<f64>() == Ok(value))
}

fn shortest(value: f64, digits: [i32; 2], keeps: impl Fn(&str) -> bool) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let [few, many] = digits;
    let text = general(value, few);
    if keeps(&text) {
        text
    } else {
        general(value, many)
    }
}

/// C's `%.<digits>g`.
fn general(value: f64, digits: i32) -> String {
    let precision = |digits: i32| usize::try_from(digits).unwrap_or_default();
    let scientific = format!("{value:.*e}", precision(digits - 1));
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..digits).contains(&exponent) {
        let fixed = format!("{value:.*}", precision(digits - 1 - exponent));
        return without_zeros(&fixed).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.abs())
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_c_does() {
        assert_eq!(float(1234.1234), "1234.12341");
        assert_eq!(float(3.4028235e38), "3.40282347e+38");
        assert_eq!(float(1e100), "inf");
        assert_eq!(float(-1e100), "-inf");
        assert_eq!(float(1e-50), "0");
        assert_eq!(float(1e-45), "1.40129846e-45");
        assert_eq!(float(1.17549435e-38), "1.17549435e-38");
        assert_eq!(float(0.1), "0.1");
        assert_eq!(float(1e9), "1e+09");
        assert_eq!(double(0.1), "0.1");
        assert_eq!(double(1e22), "1e+22");
        assert_eq!(double(1.0 / 3.0), "0.33333333333333331");
        assert_eq!(double(-0.0), "-0");
        assert_eq!(double(5.0), "5");
        assert_eq!(double(0.00001), "1e-05");
    }
}
