//! Identifiers of South America: Brazil, Argentina, Chile, Colombia, Ecuador, Peru, Uruguay.

use super::check_digits::{luhn, weighted_mod};
use super::{characters, digits, exactly, number, values};

/// What is missing to 11, where 10 and 11 are written as 0.
fn missing_to_eleven(remainder: u32) -> u32 {
    if remainder < 2 { 0 } else { 11_u32.saturating_sub(remainder) }
}

/// Whether a text is a Brazilian CPF.
///
/// After the Receita Federal: nine digits, two checks by 11. One digit eleven
/// times passes the sums and is given to nobody.
pub(super) fn is_br_cpf(text: &str) -> bool {
    let Some(digits) = exactly::<11>(text) else {
        return false;
    };
    let [first, .., c1, c2] = digits;
    let check1 = missing_to_eleven(weighted_mod(&digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2], 11));
    let check2 = missing_to_eleven(weighted_mod(&digits, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2], 11));
    digits.iter().any(|digit| *digit != first) && check1 == u32::from(c1) && check2 == u32::from(c2)
}

/// What the places of a CNPJ count in its second check; the first leaves out the first weight.
const CNPJ_WEIGHTS: [u32; 13] = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];

/// Whether a text is a Brazilian CNPJ, of digits or with letters as from July 2026.
///
/// After normative instruction 2229 of 2024 of the Receita Federal: twelve
/// characters, a letter counting what its ASCII code has beyond that of 0, two checks by 11.
pub(super) fn is_br_cnpj(text: &str) -> bool {
    let values = values(text);
    // Words may stand before or behind it, in the same hit.
    values.last_chunk().is_some_and(is_cnpj) || values.first_chunk().is_some_and(is_cnpj)
}

fn is_cnpj(code: &[u8; 14]) -> bool {
    let counted = code.map(|value| if value >= 10 { value.saturating_add(7) } else { value });
    let [.., c1, c2] = *code;
    let (_, first_weights) = CNPJ_WEIGHTS.split_at(1);
    let check1 = missing_to_eleven(weighted_mod(&counted, first_weights, 11));
    let check2 = missing_to_eleven(weighted_mod(&counted, &CNPJ_WEIGHTS, 11));
    code.iter().take(12).any(|value| *value != 0) && check1 == u32::from(c1) && check2 == u32::from(c2)
}

/// Whether a text is an Argentine CUIT or CUIL.
///
/// After ARCA: two digits for the kind of person, eight, a check by 11.
pub(super) fn is_ar_cuit(text: &str) -> bool {
    let Some(digits) = exactly::<11>(text) else {
        return false;
    };
    let [k1, k2, .., check] = digits;
    let expected = match weighted_mod(&digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2], 11) {
        0 => 0,
        // It would be ten.
        1 => 9,
        remainder => 11_u32.saturating_sub(remainder),
    };
    matches!(number(&[k1, k2]), 20 | 23..=27 | 30 | 33 | 34 | 50 | 51 | 55) && expected == u32::from(check)
}

/// Whether a text is a Chilean RUT: seven or eight digits, a check by 11 with K for ten.
///
/// After the Servicio de Registro Civil.
pub(super) fn is_cl_rut(text: &str) -> bool {
    let code = characters(text);
    let Some((check, body)) = code.as_bytes().split_last() else {
        return false;
    };
    let mut values = digits(std::str::from_utf8(body).unwrap_or_default());
    if values.len() != body.len() || !(7..=8).contains(&values.len()) {
        return false;
    }
    values.reverse();
    let expected = match weighted_mod(&values, &[2, 3, 4, 5, 6, 7, 2, 3], 11) {
        0 => b'0',
        1 => b'K',
        remainder => u8::try_from(11_u32.saturating_sub(remainder)).unwrap_or_default().saturating_add(b'0'),
    };
    *check == expected && values.iter().any(|digit| *digit != 0)
}

/// Whether a text is a Colombian NIT: eight to ten digits, a check by 11.
///
/// After decree 2460 of 2013: the tax number is that of the citizen, with a check.
pub(super) fn is_co_nit(text: &str) -> bool {
    let mut digits = digits(text);
    let Some(check) = digits.pop().filter(|_| (8..=10).contains(&digits.len())) else {
        return false;
    };
    digits.reverse();
    let remainder = weighted_mod(&digits, &[3, 7, 13, 17, 19, 23, 29, 37, 41, 43], 11);
    let expected = if remainder < 2 { remainder } else { 11_u32.saturating_sub(remainder) };
    digits.iter().any(|digit| *digit != 0) && expected == u32::from(check)
}

/// Whether a text is an Ecuadorian identity number.
///
/// After the Registro Civil: province, a digit up to 6, seven more, the last by Luhn.
pub(super) fn is_ec_ci(text: &str) -> bool {
    let Some(digits) = exactly::<10>(text) else {
        return false;
    };
    let [p1, p2, kind, ..] = digits;
    matches!(number(&[p1, p2]), 1..=24 | 30 | 50) && kind <= 6 && luhn(&digits)
}

/// Whether a text is a Peruvian RUC: the kind of taxpayer, eight digits, a check by 11 (SUNAT).
pub(super) fn is_pe_ruc(text: &str) -> bool {
    let Some(digits) = exactly::<11>(text) else {
        return false;
    };
    let [k1, k2, .., check] = digits;
    let remainder = weighted_mod(&digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2], 11);
    matches!(number(&[k1, k2]), 10 | 15..=17 | 20)
        && 11_u32.saturating_sub(remainder) % 10 == u32::from(check)
}

/// Whether a text is a Uruguayan identity number: six or seven digits and a check by 10.
///
/// After the Dirección Nacional de Identificación Civil.
pub(super) fn is_uy_ci(text: &str) -> bool {
    let mut digits = digits(text);
    if digits.len() == 7 {
        digits.insert(0, 0);
    }
    digits.len() == 8
        && digits.iter().any(|digit| *digit != 0)
        && weighted_mod(&digits, &[2, 9, 8, 7, 6, 3, 4, 1], 10) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(passes: fn(&str) -> bool, table: &[(&str, bool)]) {
        for (text, expected) in table {
            assert_eq!(passes(text), *expected, "{text}");
        }
    }

    #[test]
    fn br_cpf() {
        check(
            is_br_cpf,
            &[
                ("390.533.447-05", true),
                ("CPF 11144477735", true),
                ("529.982.247-25", true),
                ("231.002.999-00", false),
                ("390.533.447-04", false),
                ("390.533.447-15", false),
                ("111.111.111-11", false),
                ("390.533.447-0", false),
            ],
        );
    }

    #[test]
    fn br_cnpj() {
        check(
            is_br_cnpj,
            &[
                ("16.727.230/0001-97", true),
                ("12.ABC.345/01DE-35", true), // the example of the instruction
                ("CNPJ: 12.abc.345/01de-35", true),
                ("16727230000197 como CNPJ", true),
                ("12.ABC.345/01DE-36", false),
                ("16.727.230/0001-98", false),
                ("16.727.230/0001-9", false),
                ("00.000.000/0000-00", false),
            ],
        );
    }

    #[test]
    fn ar_cuit() {
        check(
            is_ar_cuit,
            &[
                ("20-05536168-2", true),
                ("30-50001091-2", true),
                ("20-05536168-3", false),
                ("21-05536168-2", false),
                ("20-0553616-2", false),
            ],
        );
    }

    #[test]
    fn cl_rut() {
        check(
            is_cl_rut,
            &[
                ("12.531.909-2", true),
                ("76086428-5", true),
                ("6-K", false),
                ("10.000.013-k", true),
                ("12.531.909-3", false),
                ("12.531.90K-2", false),
                ("0000000-0", false),
                ("", false),
            ],
        );
    }

    #[test]
    fn co_nit() {
        check(
            is_co_nit,
            &[
                ("213.123.432-1", true),
                ("800197268-4", true),
                ("213.123.432-2", false),
                ("21312-1", false),
                ("000000000", false),
                ("", false),
            ],
        );
    }

    #[test]
    fn ec_ci() {
        check(
            is_ec_ci,
            &[
                ("171430710-3", true),
                ("0926687856", true),
                ("171430710-4", false),
                ("2614307103", false),
                ("1764307103", false),
                ("171430710", false),
            ],
        );
    }

    #[test]
    fn pe_ruc() {
        check(
            is_pe_ruc,
            &[("20512333797", true), ("20512333798", false), ("30512333797", false), ("2051233379", false)],
        );
    }

    #[test]
    fn uy_ci() {
        check(
            is_uy_ci,
            &[
                ("1.234.567-2", true),
                ("4.123.456-0", false),
                ("1.234.567-3", false),
                ("123.456-1", true),
                ("0.000.000-0", false),
                ("123", false),
            ],
        );
    }
}
