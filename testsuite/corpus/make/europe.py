"""National numbers of Europe, each with its check digits."""

from . import checks
from .pick import birth, change_check, digits, until

WEIGHTED = checks.weighted


def de_steuer_id(rng):
    """Germany: among the first ten digits one stands twice, another is absent."""
    pool = rng.sample("0123456789", 9)
    body = pool + [rng.choice(pool)]
    rng.shuffle(body)
    if body[0] == "0":
        return de_steuer_id(rng)
    body = "".join(body)
    if any(body[i] == body[i + 1] for i in range(9)):
        return de_steuer_id(rng)
    value = body + checks.mod11_10(body)
    return rng.choice([value, f"{value[:2]} {value[2:5]} {value[5:8]} {value[8:]}"])


def fr_nir(rng):
    """France: thirteen digits and a key of two."""
    year, month, _ = birth(rng)
    place = rng.choice([f"{rng.randrange(1, 96):02}", f"{rng.randrange(1, 96):02}", "2A", "2B", "99"])
    if place == "20":
        place = "75"
    body = f"{rng.choice('12')}{year % 100:02}{month:02}{place}{rng.randrange(1, 500):03}{rng.randrange(1, 500):03}"
    number = int(body.replace("2A", "19").replace("2B", "18")) if place in ("2A", "2B") else int(body)
    key = f"{97 - number % 97:02}"
    spaced = " ".join([body[0], body[1:3], body[3:5], body[5:7], body[7:10], body[10:], key])
    return rng.choice([body + key, spaced, spaced])


DNI = "TRWAGMYFPDXBNJZSQVHLCKE"


def es_dni(rng):
    """Spain: eight digits and a letter."""
    body = digits(rng, 8)
    letter = DNI[int(body) % 23]
    return rng.choice([body + letter, f"{body}-{letter}", f"{body[:2]}.{body[2:5]}.{body[5:]}-{letter}"])


def es_nie(rng):
    """Spain, for residents from abroad: X, Y or Z, seven digits and a letter."""
    first, body = rng.choice("XYZ"), digits(rng, 7)
    letter = DNI[int(str("XYZ".index(first)) + body) % 23]
    return rng.choice([first + body + letter, f"{first}-{body}-{letter}"])


ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
               [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14,
                16, 10, 22, 25, 24, 23]))


def it_codice_fiscale(rng):
    """Italy: letters of the names, date of birth, place, and a letter that checks them."""
    names = rng.choice("RSS VRD BNC FRR SPS RMN CLM RCC MRN GRC BRN GLL CNT MNC".split())
    names += rng.choice("MRA GPP NNA LCU FNC PLA SRA GVN NTN LSN MRC STF".split())
    year, month, day = birth(rng)
    day += rng.choice([0, 40])
    place = rng.choice("ABCDEFGHIL") + f"{rng.randrange(1, 990):03}"
    body = f"{names}{year % 100:02}{'ABCDEHLMPRST'[month - 1]}{day:02}{place}"
    total = sum(ODD[c] if i % 2 == 0 else int(c, 36) - (0 if c.isdigit() else 10) for i, c in enumerate(body))
    value = body + chr(65 + total % 26)
    spaced = f"{value[:3]} {value[3:6]} {value[6:11]} {value[11:]}"
    return rng.choice([value, value, value.lower(), spaced])


def nl_bsn(rng):
    """The Netherlands: nine digits that pass the test of eleven."""
    def make():
        body = rng.choice("123456789") + digits(rng, 7)
        check = WEIGHTED(body, range(9, 1, -1)) % 11
        return body + str(check) if check < 10 else None
    value = until(make, bool)
    return rng.choice([value, value, f"{value[:4]}.{value[4:6]}.{value[6:]}"])


def be_nrn(rng):
    """Belgium: date of birth, serial, and 97 less the rest by 97."""
    year, month, day = birth(rng)
    body = f"{year % 100:02}{month:02}{day:02}{rng.randrange(1, 998):03}"
    check = f"{97 - int(('2' if year >= 2000 else '') + body) % 97:02}"
    dotted = f"{body[:2]}.{body[2:4]}.{body[4:6]}-{body[6:]}.{check}"
    return rng.choice([body + check, dotted, dotted])


def pl_pesel(rng):
    """Poland: date of birth with the century in its month, serial, a digit modulo ten."""
    year, month, day = birth(rng)
    body = f"{year % 100:02}{month + (20 if year >= 2000 else 0):02}{day:02}{digits(rng, 4)}"
    return body + str(-WEIGHTED(body, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)


def pt_nif(rng):
    """Portugal: nine digits, modulo eleven."""
    body = rng.choice("12356") + digits(rng, 7)
    check = 11 - WEIGHTED(body, range(9, 1, -1)) % 11
    value = body + str(check if check < 10 else 0)
    return rng.choice([value, value, f"{value[:3]} {value[3:6]} {value[6:]}"])


def se_personnummer(rng):
    """Sweden: date of birth, serial, Luhn."""
    year, month, day = birth(rng)
    body = f"{year % 100:02}{month:02}{day:02}{rng.randrange(1, 999):03}"
    tail = body[6:] + checks.luhn(body)
    return rng.choice([f"{body[:6]}-{tail}", f"{year}{body[2:6]}-{tail}", f"{year}{body[2:6]}{tail}"])


def fi_hetu(rng):
    """Finland: date of birth, century sign, serial, one of 31 signs."""
    year, month, day = birth(rng)
    date, serial = f"{day:02}{month:02}{year % 100:02}", f"{rng.randrange(2, 900):03}"
    check = "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(date + serial) % 31]
    return f"{date}{'A' if year >= 2000 else '-'}{serial}{check}"


def dk_cpr(rng):
    """Denmark: date of birth and four digits; only numbers that pass modulo eleven."""
    def make():
        year, month, day = birth(rng)
        body = f"{day:02}{month:02}{year % 100:02}{rng.choice('0123') if year < 2000 else '4'}{digits(rng, 2)}"
        check = -WEIGHTED(body, [4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
        return body + str(check) if check < 10 else None
    value = until(make, bool)
    return rng.choice([f"{value[:6]}-{value[6:]}", f"{value[:6]}-{value[6:]}", value])


def at_svnr(rng):
    """Austria: serial, check digit, date of birth."""
    def make():
        year, month, day = birth(rng)
        serial, date = str(rng.randrange(100, 1000)), f"{day:02}{month:02}{year % 100:02}"
        check = WEIGHTED(serial + date, [3, 7, 9, 5, 8, 4, 2, 1, 6]) % 11
        return f"{serial}{check}{date}" if check < 10 else None
    value = until(make, bool)
    return rng.choice([value, f"{value[:4]} {value[4:]}", f"{value[:4]} {value[4:]}"])


def ie_ppsn(rng):
    """Ireland: seven digits, a letter that checks, and since 2013 another letter."""
    body, second = digits(rng, 7), rng.choice(["", "", "A", "B", "H"])
    total = WEIGHTED(body, range(8, 1, -1)) + (9 * (ord(second) - 64) if second else 0)
    return body + "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] + second


def cz_rodne_cislo(rng):
    """Czechia and Slovakia: date of birth and four digits, a multiple of eleven."""
    def make():
        year, month, day = birth(rng, 1955)
        body = f"{year % 100:02}{month + rng.choice([0, 50]):02}{day:02}{digits(rng, 3)}"
        check = int(body) % 11
        return body + str(check) if check < 10 else None
    value = until(make, bool)
    return rng.choice([f"{value[:6]}/{value[6:]}", f"{value[:6]}/{value[6:]}", value])


def bg_egn(rng):
    """Bulgaria: date of birth with the century in its month, serial, a digit modulo eleven."""
    year, month, day = birth(rng)
    body = f"{year % 100:02}{month + (40 if year >= 2000 else 0):02}{day:02}{digits(rng, 3)}"
    return body + str(WEIGHTED(body, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10)


def hr_oib(rng):
    """Croatia: eleven digits, MOD 11,10."""
    body = rng.choice("123456789") + digits(rng, 9)
    return body + checks.mod11_10(body)


def _baltic(rng):
    year, month, day = birth(rng)
    first = (5 if year >= 2000 else 3) + rng.randrange(2)
    body = f"{first}{year % 100:02}{month:02}{day:02}{rng.randrange(1, 999):03}"
    check = WEIGHTED(body, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11
    if check == 10:
        check = WEIGHTED(body, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10
    return body + str(check)


def ee_isikukood(rng):
    """Estonia: sex and century, date of birth, serial, two rounds modulo eleven."""
    return _baltic(rng)


def lt_asmens_kodas(rng):
    """Lithuania: as in Estonia."""
    return _baltic(rng)


def lv_personas_kods(rng):
    """Latvia: date of birth, century, serial, a digit modulo eleven."""
    year, month, day = birth(rng)
    body = f"{day:02}{month:02}{year % 100:02}{2 if year >= 2000 else 1}{digits(rng, 3)}"
    check = (1 + WEIGHTED(body, [10, 5, 8, 4, 2, 1, 6, 3, 7, 9])) % 11 % 10
    return f"{body[:6]}-{body[6:]}{check}"


def hu_taj(rng):
    """Hungary: nine digits, weights three and seven."""
    body = rng.choice("01") + digits(rng, 7)
    value = body + str(WEIGHTED(body, [3, 7] * 4) % 10)
    return rng.choice([value, f"{value[:3]} {value[3:6]} {value[6:]}", f"{value[:3]}-{value[3:6]}-{value[6:]}"])


def gr_amka(rng):
    """Greece, social security: date of birth, serial, Luhn."""
    year, month, day = birth(rng)
    body = f"{day:02}{month:02}{year % 100:02}{digits(rng, 4)}"
    return body + checks.luhn(body)


def gr_afm(rng):
    """Greece, tax: nine digits, powers of two modulo eleven."""
    body = rng.choice("01") + digits(rng, 7)
    return body + str(WEIGHTED(body, [256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10)


def ro_cnp(rng):
    """Romania: sex and century, date of birth, county, serial, a digit modulo eleven."""
    year, month, day = birth(rng)
    first = (5 if year >= 2000 else 1) + rng.randrange(2)
    county = rng.choice([*range(1, 47), 51, 52])
    body = f"{first}{year % 100:02}{month:02}{day:02}{county:02}{rng.randrange(1, 999):03}"
    check = WEIGHTED(body, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11
    return body + str(check if check < 10 else 1)


def si_emso(rng):
    """Slovenia: date of birth, register 50, serial, a digit modulo eleven."""
    def make():
        year, month, day = birth(rng)
        body = f"{day:02}{month:02}{year % 1000:03}50{rng.randrange(0, 999):03}"
        check = -WEIGHTED(body, [7, 6, 5, 4, 3, 2] * 2) % 11
        return body + str(check) if check < 10 else None
    return until(make, bool)


def lu_matricule(rng):
    """Luxembourg: date of birth, serial, then a Luhn digit and a Verhoeff digit of the first eleven."""
    year, month, day = birth(rng)
    body = f"{year}{month:02}{day:02}{rng.randrange(1, 999):03}"
    value = body + checks.luhn(body) + checks.verhoeff(body)
    return rng.choice([value, value, f"{value[:4]} {value[4:8]} {value[8:]}"])


def mt_id(rng):
    """Malta: seven digits and a letter; no check."""
    return digits(rng, 7) + rng.choice("MMMGLAH")


CYPRUS = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21]


def cy_tic(rng):
    """Cyprus: eight digits and a letter modulo 26."""
    body = rng.choice("0") + digits(rng, 7)
    total = sum(CYPRUS[int(d)] if i % 2 == 0 else int(d) for i, d in enumerate(body))
    return body + chr(65 + total % 26)


def no_fodselsnummer(rng):
    """Norway: date of birth, serial, two digits modulo eleven."""
    def make():
        year, month, day = birth(rng)
        serial = rng.randrange(500, 1000) if year >= 2000 else rng.randrange(0, 500)
        body = f"{day:02}{month:02}{year % 100:02}{serial:03}"
        first = -WEIGHTED(body, [3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11
        if first == 10:
            return None
        second = -WEIGHTED(body + str(first), [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
        return f"{body}{first}{second}" if second < 10 else None
    value = until(make, bool)
    return rng.choice([value, value, f"{value[:6]} {value[6:]}"])


def ch_ahv(rng):
    """Switzerland: 756, nine digits, the check digit of an EAN."""
    body = "756" + digits(rng, 9)
    value = body + checks.ean(body)
    return rng.choice([value, f"{value[:3]}.{value[3:7]}.{value[7:11]}.{value[11:]}", f"{value[:3]}.{value[3:7]}.{value[7:11]}.{value[11:]}"])


def uk_nino(rng):
    """United Kingdom, national insurance: two letters, six digits, a letter."""
    prefix = until(lambda: rng.choice("ABCEGHJKLMNOPRSTWXYZ") + rng.choice("ABCEGHJKLMNPRSTWXYZ"),
                   lambda p: p not in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ"))
    body, last = digits(rng, 6), rng.choice("ABCD")
    return rng.choice([prefix + body + last, f"{prefix} {body[:2]} {body[2:4]} {body[4:]} {last}"])


def uk_nino_wrong(rng):
    """The shape of a national insurance number with a prefix or suffix that none has."""
    body = digits(rng, 6)
    return rng.choice([f"{rng.choice('DFIQUV')}{rng.choice('ABCE')}{body}A", f"GB{body}B", f"AB{body}{rng.choice('XYZQ')}"])


def uk_nhs(rng):
    """United Kingdom, health service: ten digits modulo eleven."""
    def make():
        body = rng.choice("46") + digits(rng, 8)
        check = -WEIGHTED(body, range(10, 1, -1)) % 11
        return body + str(check) if check < 10 else None
    value = until(make, bool)
    spaced = f"{value[:3]} {value[3:6]} {value[6:]}"
    return rng.choice([value, spaced, spaced, f"{value[:3]}-{value[3:6]}-{value[6:]}"])


def uk_utr(rng):
    """United Kingdom, tax: a check digit, then nine digits."""
    body = digits(rng, 9)
    value = "21987654321"[WEIGHTED(body, [6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11] + body
    return rng.choice([value, value, f"{value[:5]} {value[5:]}"])


def uk_utr_wrong(rng):
    """Ten digits of which the first does not check the others."""
    value = uk_utr(rng).replace(" ", "")
    return str((int(value[0]) + rng.randrange(1, 9)) % 10) + value[1:]


def wrong(make):
    """A maker of values of a right shape whose check fails."""
    def broken(rng):
        return change_check(rng, make(rng))
    return broken


def at_svnr_wrong(rng):
    """An Austrian number with another check digit, which is its fourth."""
    value = at_svnr(rng).replace(" ", "")
    return f"{value[:3]}{(int(value[3]) + rng.randrange(1, 10)) % 10}{value[4:]}"


def ie_ppsn_wrong(rng):
    """An Irish number with another letter."""
    value = ie_ppsn(rng)
    other = rng.choice([c for c in "ABCDEFGHIJKLMNOPQRSTUV" if c != value[7]])
    return value[:7] + other + value[8:]


def dk_cpr_wrong(rng):
    """Danish digits whose date does not exist."""
    return f"{rng.randrange(32, 60)}{rng.randrange(1, 13):02}{rng.randrange(50, 99)}-{digits(rng, 4)}"

