"""Money: cards, accounts, routing, crypto addresses."""

from . import checks
from .pick import digits, letters, text

# Issuer prefixes and the lengths they are issued in.
CARDS = [
    ("visa", ["4"], [16, 16, 16, 13, 19]),
    ("mastercard", [str(n) for n in range(51, 56)], [16]),
    ("mastercard 2-series", [str(n) for n in range(2221, 2721, 7)], [16]),
    ("amex", ["34", "37"], [15]),
    ("discover", ["6011", "644", "645", "646", "647", "648", "649", "65"], [16]),
    ("diners", ["300", "301", "302", "303", "304", "305", "36", "38"], [14]),
    ("jcb", [str(n) for n in range(3528, 3590, 3)], [16]),
    ("unionpay", ["6222", "6225", "6228", "6212", "6250"], [16, 17, 18, 19]),
    ("maestro", ["5018", "5020", "5038", "5893", "6304", "6759", "6761", "6762", "6763"],
     [12, 13, 14, 15, 16, 17, 18, 19]),
]


def card(rng, brand=None):
    """A card number's digits, and the brand that issued it."""
    name, prefixes, lengths = next(c for c in CARDS if c[0] == brand) if brand else rng.choice(CARDS)
    prefix, length = rng.choice(prefixes), rng.choice(lengths)
    body = prefix + digits(rng, length - 1 - len(prefix))
    return body + checks.luhn(body), name


def group_card(number, separator):
    """A card's digits in the groups that its plastic shows."""
    sizes = {14: [4, 6, 4], 15: [4, 6, 5]}.get(len(number), [4] * 5)
    parts, at = [], 0
    for size in sizes:
        parts.append(number[at : at + size])
        at += size
    return separator.join(p for p in parts if p)


def pan(rng):
    """A card number as people write it."""
    number, _ = card(rng)
    return rng.choice([number, group_card(number, " "), group_card(number, " "), group_card(number, "-")])


def pan_wrong(rng):
    """A card number with one digit changed, so that the check fails."""
    number, _ = card(rng)
    at = rng.randrange(7, len(number) - 1)
    other = rng.choice([d for d in "0123456789" if d != number[at]])
    changed = number[:at] + other + number[at + 1 :]
    return rng.choice([changed, group_card(changed, " "), group_card(changed, "-")])


def card_expiry(rng):
    """A card's expiry date."""
    month, year = rng.randrange(1, 13), rng.randrange(26, 33)
    return rng.choice([f"{month:02}/{year}", f"{month:02}/{year}", f"{month:02}/20{year}", f"{month:02}-{year}"])


# The IBAN registry: country, and its account number as (count, n digits | a letters | c both).
IBAN = """AD 8n12c;AE 19n;AL 8n16c;AT 16n;AZ 4a20c;BA 16n;BE 12n;BG 4a6n8c;BH 4a14c;BI 23n;BR 23n1a1c;BY 4c4n16c
CH 5n12c;CR 18n;CY 8n16c;CZ 20n;DE 18n;DJ 23n;DK 14n;DO 4c20n;EE 16n;EG 25n;ES 20n;FI 14n;FK 2a12n;FO 14n;FR 10n11c2n
GB 4a14n;GE 2a16n;GI 4a15c;GL 14n;GR 7n16c;GT 4c20c;HN 4a20n;HR 17n;HU 24n;IE 4a14n;IL 19n;IQ 4a15n;IS 22n;IT 1a10n12c
JO 4a4n18c;KW 4a22c;KZ 3n13c;LB 4n20c;LC 4a24c;LI 5n12c;LT 16n;LU 3n13c;LV 4a13c;LY 21n;MC 10n11c2n;MD 20c;ME 18n
MK 3n10c2n;MN 16n;MR 23n;MT 4a5n18c;MU 4a19n3a;NI 4a20n;NL 4a10n;NO 11n;OM 3n16c;PK 4a16c;PL 24n;PS 4a21c;PT 21n
QA 4a21c;RO 4a16c;RS 18n;RU 14n15c;SA 2n18c;SC 4a20n3a;SD 14n;SE 20n;SI 15n;SK 20n;SM 1a10n12c;SO 19n;ST 21n;SV 4a20n
TL 19n;TN 20n;TR 6n16c;UA 6n19c;VA 18n;VG 4a16n;XK 16n;YE 4a4n18c"""
COUNTRIES = [line.split(" ") for line in IBAN.replace("\n", ";").split(";")]


def _account(rng, structure):
    number, built = "", ""
    for char in structure:
        if char.isdigit():
            number += char
            continue
        count, number = int(number), ""
        if char == "n":
            built += digits(rng, count)
        elif char == "a":
            built += letters(rng, count)
        else:
            built += text(rng, count, "0123456789" * 3 + "ABCDEFGHJKLMNPRSTUVWXYZ")
    return built


def iban_compact(rng, country=None):
    """An IBAN without spaces."""
    code, structure = next(c for c in COUNTRIES if c[0] == country) if country else rng.choice(COUNTRIES)
    account = _account(rng, structure)
    check = 98 - checks.mod97(account + code + "00")
    return f"{code}{check:02}{account}"


def in_fours(value, separator=" "):
    """Text in groups of four."""
    return separator.join(value[i : i + 4] for i in range(0, len(value), 4))


def iban(rng):
    """An IBAN as people write it."""
    value = iban_compact(rng)
    return rng.choice([value, in_fours(value), in_fours(value)])


def iban_wrong(rng):
    """An IBAN with two digits of its account changed over, or one digit changed."""
    value = iban_compact(rng)
    at = rng.choice([i for i in range(6, len(value)) if value[i].isdigit()])
    other = rng.choice([d for d in "0123456789" if d != value[at]])
    changed = value[:at] + other + value[at + 1 :]
    return rng.choice([changed, in_fours(changed)])


BIC_COUNTRIES = "DE FR IT ES NL BE AT PL PT IE GB US CH SE DK FI NO CZ HU RO JP SG AU CA BR".split()


def bic(rng):
    """A BIC, of eight characters or eleven."""
    branch = rng.choice(["", "", "XXX", text(rng, 3, "0123456789")])
    return letters(rng, 4) + rng.choice(BIC_COUNTRIES) + rng.choice(["2L", "33", "FF", "22", "MM", "HH", "PP", "AA"]) + branch


ROUTING_PREFIXES = [*range(1, 13), *range(21, 33)]


def us_routing(rng):
    """A routing number that its ABA check digit completes."""
    body = f"{rng.choice(ROUTING_PREFIXES):02}" + digits(rng, 6)
    return body + str(-checks.weighted(body, [3, 7, 1] * 3) % 10)


def us_routing_wrong(rng):
    """A routing number with a wrong check digit."""
    value = us_routing(rng)
    return value[:8] + str((int(value[8]) + rng.randrange(1, 10)) % 10)


def us_account(rng):
    """A bank account number, as in the United States: eight to twelve digits, no check."""
    return rng.choice("123456789") + digits(rng, rng.choice([7, 8, 9, 10, 11]))


def uk_account(rng):
    """A bank account number, as in the United Kingdom."""
    return rng.choice("123456789") + digits(rng, 7)


def sort_code(rng):
    """A sort code."""
    return f"{rng.randrange(10, 90)}-{rng.randrange(10, 99)}-{rng.randrange(10, 99)}"


def _hash160(rng):
    return rng.randbytes(20)


def crypto(rng):
    """An address of a public chain, its checksum right."""
    kinds = [_bitcoin] * 6 + [_segwit] * 5 + [_taproot] * 3 + [_ethereum] * 6
    kinds += [_litecoin, _dogecoin, _tron, _ripple, _bitcoin_cash, _dash, _cardano, _stellar]
    return rng.choice(kinds)(rng)


def _bitcoin(rng):
    return checks.base58check(bytes([rng.choice([0, 5])]) + _hash160(rng))


def _segwit(rng):
    program = rng.choice([_hash160(rng), rng.randbytes(32)])
    return checks.bech32("bc", [0] + checks.groups_of_5(program), 1)


def _taproot(rng):
    return checks.bech32("bc", [1] + checks.groups_of_5(rng.randbytes(32)), 0x2BC830A3)


def _ethereum(rng):
    return "0x" + checks.eip55(rng.randbytes(20).hex())


def _litecoin(rng):
    plain = checks.base58check(bytes([rng.choice([0x30, 0x32])]) + _hash160(rng))
    return rng.choice([plain, checks.bech32("ltc", [0] + checks.groups_of_5(_hash160(rng)), 1)])


def _dogecoin(rng):
    return checks.base58check(b"\x1e" + _hash160(rng))


def _tron(rng):
    return checks.base58check(b"\x41" + _hash160(rng))


def _ripple(rng):
    return checks.base58check(b"\0" + _hash160(rng), checks.RIPPLE58)


def _bitcoin_cash(rng):
    return checks.cashaddr("bitcoincash", checks.groups_of_5(b"\0" + _hash160(rng)))


def _dash(rng):
    return checks.base58check(b"\x4c" + _hash160(rng))


def _cardano(rng):
    return checks.bech32("addr", checks.groups_of_5(b"\x01" + rng.randbytes(56)), 1)


def _stellar(rng):
    import base64

    payload = b"\x30" + rng.randbytes(32)
    return base64.b32encode(payload + checks.crc16_xmodem(payload).to_bytes(2, "little")).decode()


def crypto_wrong(rng):
    """A Bitcoin or Ethereum address with a checksum that fails."""
    if rng.random() < 0.3:
        value = _ethereum(rng)
        flipped = next(i for i in range(2, 42) if value[i].isalpha())
        return value[:flipped] + value[flipped].swapcase() + value[flipped + 1 :]
    value = rng.choice([_bitcoin, _segwit, _taproot])(rng)
    alphabet = checks.BECH32 if value.startswith("bc1") else checks.BASE58
    at = rng.randrange(8, len(value) - 2)
    other = rng.choice([c for c in alphabet if c != value[at]])
    return value[:at] + other + value[at + 1 :]
