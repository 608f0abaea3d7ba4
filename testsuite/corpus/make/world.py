"""National numbers outside Europe, each with its check digits."""

from . import checks
from .pick import birth, digits, letters, text, until

WEIGHTED = checks.weighted


def us_ssn_digits(rng):
    """The parts of a social security number that could have been issued."""
    area = until(lambda: rng.randrange(1, 900), lambda n: n != 666)
    return f"{area:03}", f"{rng.randrange(1, 100):02}", f"{rng.randrange(1, 10000):04}"


def us_ssn(rng):
    """A social security number with dashes."""
    return "-".join(us_ssn_digits(rng))


def us_ssn_labelled(rng):
    """A social security number that only its label makes one."""
    return rng.choice(["", " ", "-"]).join(us_ssn_digits(rng))


def us_ssn_wrong(rng):
    """The shape of a social security number with a part that is never issued."""
    area, group, serial = us_ssn_digits(rng)
    return rng.choice([f"000-{group}-{serial}", f"666-{group}-{serial}", f"{area}-00-{serial}", f"{area}-{group}-0000"])


def us_itin(rng):
    """A taxpayer number: nine, and a group in the ranges that are issued."""
    group = rng.choice([*range(50, 66), *range(70, 89), 90, 91, 92, *range(94, 100)])
    return f"9{digits(rng, 2)}-{group}-{digits(rng, 4)}"


def us_itin_wrong(rng):
    """Nine, with a group that is not issued."""
    return f"9{digits(rng, 2)}-{rng.choice([10, 22, 31, 48, 93, 66])}-{digits(rng, 4)}"


EIN_PREFIXES = [*range(1, 7), *range(10, 17), *range(20, 28), *range(30, 49), *range(50, 69), *range(71, 78), 80, 81, 82,
                83, 84, 85, 86, 87, 88, 90, 91, 92, 93, 94, 95, 98, 99]


def us_ein(rng):
    """An employer's number with a prefix that a campus issues."""
    return f"{rng.choice(EIN_PREFIXES):02}-{digits(rng, 7)}"


def us_ein_wrong(rng):
    """The shape of an employer's number with a prefix that none issues."""
    return f"{rng.choice(['00', '07', '08', '17', '28', '49', '69', '79'])}-{digits(rng, 7)}"


def ca_sin(rng):
    """Canada: nine digits, Luhn."""
    body = rng.choice("1234567") + digits(rng, 7)
    value = body + checks.luhn(body)
    return rng.choice([f"{value[:3]} {value[3:6]} {value[6:]}", f"{value[:3]}-{value[3:6]}-{value[6:]}", value])


def _brazil(body, weights):
    rest = WEIGHTED(body, weights) % 11
    return "0" if rest < 2 else str(11 - rest)


def br_cpf(rng):
    """Brazil, persons: nine digits and two that check."""
    body = digits(rng, 9)
    body += _brazil(body, range(10, 1, -1))
    value = body + _brazil(body, range(11, 1, -1))
    dotted = f"{value[:3]}.{value[3:6]}.{value[6:9]}-{value[9:]}"
    return rng.choice([dotted, dotted, value])


def br_cnpj(rng):
    """Brazil, companies: twelve digits and two that check."""
    body = digits(rng, 8) + f"{rng.randrange(1, 20):04}"
    body += _brazil(body, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])
    value = body + _brazil(body, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])
    dotted = f"{value[:2]}.{value[2:5]}.{value[5:8]}/{value[8:12]}-{value[12:]}"
    return rng.choice([dotted, dotted, value])


def in_aadhaar(rng):
    """India: twelve digits, Verhoeff."""
    body = rng.choice("23456789") + digits(rng, 10)
    value = body + checks.verhoeff(body)
    spaced = f"{value[:4]} {value[4:8]} {value[8:]}"
    return rng.choice([spaced, spaced, value, spaced.replace(" ", "-")])


def in_pan(rng):
    """India, tax: five letters of which the fourth is the kind of holder, four digits, a letter."""
    return letters(rng, 3) + rng.choice("PPPPCHABGJLFT") + letters(rng, 1) + f"{rng.randrange(1, 10000):04}" + letters(rng, 1)


def in_pan_wrong(rng):
    """The shape of an Indian tax number with a kind of holder that does not exist."""
    return letters(rng, 3) + rng.choice("DIMNOQRSUVWXYZ") + letters(rng, 1) + digits(rng, 4) + letters(rng, 1)


def au_tfn(rng):
    """Australia, tax: nine digits, a multiple of eleven when weighted."""
    value = until(lambda: rng.choice("12345678") + digits(rng, 8),
                  lambda v: WEIGHTED(v, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 == 0)
    return rng.choice([value, f"{value[:3]} {value[3:6]} {value[6:]}"])


def au_medicare(rng):
    """Australia, health: eight digits, one that checks, the card's issue."""
    body = rng.choice("23456") + digits(rng, 7)
    value = body + str(WEIGHTED(body, [1, 3, 7, 9, 1, 3, 7, 9]) % 10) + rng.choice("123456")
    return rng.choice([value, f"{value[:4]} {value[4:9]} {value[9]}", f"{value[:4]} {value[4:9]} {value[9]}"])


def au_medicare_wrong(rng):
    """Ten digits of which the ninth does not check the eight before."""
    value = au_medicare(rng).replace(" ", "")
    return f"{value[:4]} {value[4:8]}{(int(value[8]) + rng.randrange(1, 10)) % 10} {value[9]}"


def sg_nric(rng):
    """Singapore: a letter of status, seven digits, a letter that checks."""
    prefix, body = rng.choice("STFG"), digits(rng, 7)
    total = WEIGHTED(body, [2, 7, 6, 5, 4, 3, 2]) + (4 if prefix in "TG" else 0)
    return prefix + body + ("JZIHGFEDCBA" if prefix in "ST" else "XWUTRQPNMLK")[total % 11]


def sg_nric_wrong(rng):
    """A Singapore number with another letter."""
    value = sg_nric(rng)
    return value[:8] + rng.choice([c for c in "JZIHGFEDCBA" if c != value[8]])


def jp_my_number(rng):
    """Japan: eleven digits and one that checks them."""
    body = digits(rng, 11)
    total = sum(int(d) * (n + 1 if n <= 6 else n - 5) for n, d in enumerate(reversed(body), start=1))
    value = body + str(0 if total % 11 <= 1 else 11 - total % 11)
    return rng.choice([value, f"{value[:4]} {value[4:8]} {value[8:]}", f"{value[:4]}-{value[4:8]}-{value[8:]}"])


def kr_rrn(rng):
    """South Korea: date of birth, sex and century, serial, a digit modulo eleven."""
    year, month, day = birth(rng)
    body = f"{year % 100:02}{month:02}{day:02}{(3 if year >= 2000 else 1) + rng.randrange(2)}{rng.randrange(0, 96):02}{digits(rng, 3)}"
    check = (11 - WEIGHTED(body, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11) % 10
    return f"{body[:6]}-{body[6:]}{check}"


CN_PLACES = "110101 110105 310104 310115 440106 440305 330106 320102 510104 420106 610113 370202 210102 350203".split()


def cn_id(rng):
    """China: place, date of birth, serial, MOD 11-2."""
    year, month, day = birth(rng)
    body = f"{rng.choice(CN_PLACES)}{year}{month:02}{day:02}{rng.randrange(1, 999):03}"
    return body + checks.mod11_2(body)


CURP = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"


def mx_curp(rng):
    """Mexico: letters of the names, date of birth, sex, state, and a digit that checks."""
    year, month, day = birth(rng)
    names = rng.choice("GOMC PERL HERM LOPR GARJ MARS RODA SANF TORG RAMV FLOD VARM".split())
    state = rng.choice("AS BC BS CC CL CM CS CH DF DG GT GR HG JC MC MN MS NT NL OC PL QT QR SP SL SR TC TS TL VZ YN ZS".split())
    body = f"{names}{year % 100:02}{month:02}{day:02}{rng.choice('HM')}{state}{text(rng, 3, 'BCDFGHJKLMNPRSTVXZ')}"
    body += rng.choice("ABC") if year >= 2000 else rng.choice("0123")
    total = sum(CURP.index(c) * (18 - i) for i, c in enumerate(body))
    return body + str(-total % 10)


def cl_rut(rng):
    """Chile: up to eight digits and one of eleven signs."""
    body = str(rng.randrange(4_000_000, 27_000_000))
    total = sum(int(d) * (2 + i % 6) for i, d in enumerate(reversed(body)))
    check = "0123456789K0"[11 - total % 11]
    dotted = f"{int(body):,}".replace(",", ".")
    return rng.choice([f"{dotted}-{check}", f"{dotted}-{check}", f"{body}-{check}"])


def cl_rut_wrong(rng):
    """A Chilean number with another check."""
    value = cl_rut(rng)
    return value[:-1] + rng.choice([c for c in "0123456789K" if c != value[-1]])


def il_id(rng):
    """Israel: nine digits, Luhn."""
    body = rng.choice("0123") + digits(rng, 7)
    return body + checks.luhn(body)
