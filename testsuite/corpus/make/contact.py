"""How people and machines are reached, and papers that name a person."""

from . import checks
from .pick import alnum, birth, digits, hexes, letters, text, until

FIRST = """Anna Peter Maria Thomas Julia Michael Sofia David Emma Lukas Clara Jan Olivia Marco Elena Paul Nora Pedro Ines Hugo
Laura Piotr Katarzyna Sven Ingrid Mehmet Aisha Rajesh Priya Wei Yuki Minji Carlos Lucia James Sarah Oliver Grace Liam
Zoe Fatima Ahmed Chloe Antoine Giulia Matteo""".split()
LAST = """Meier Schmidt Novak Rossi Dubois Garcia Silva Jansen Kowalski Andersson Nielsen Hansen Smith Brown Taylor Wilson
Martin Bernard Moreau Ricci Conti Lopez Torres Almeida Costa Bakker Visser Nowak Lindqvist Virtanen Kumar Sharma Chen
Tanaka Park Cohen Murphy Walsh Popescu Horvat Papadopoulos""".split()
DOMAINS = """example.com example.org example.net mail.example.com acme-shop.example gmail.com outlook.com web.de gmx.net
orange.fr libero.it wp.pl ziggo.nl sapo.pt company.io bigbank.co.uk uni-ghent.be stripe-ops.dev northwind.co""".split()


def name(rng):
    """A first name and a last name."""
    return f"{rng.choice(FIRST)} {rng.choice(LAST)}"


def email(rng):
    """An address of electronic mail."""
    first, last = rng.choice(FIRST).lower(), rng.choice(LAST).lower()
    local = rng.choice([f"{first}.{last}", f"{first[0]}{last}", f"{first}_{last}{rng.randrange(1, 99)}", first,
                        f"{first}+{rng.choice(['shop', 'news', 'test1'])}", f"{first}-{last}", f"{last}.{rng.randrange(1950, 2005)}"])
    value = f"{local}@{rng.choice(DOMAINS)}"
    return value.upper() if rng.random() < 0.04 else value


def email_wrong(rng):
    """What holds an at sign but is no address."""
    first = rng.choice(FIRST).lower()
    return rng.choice([f"@{first}", f"{first}@", f"{first} @ the office", "@Override", "@media", f"{first}@localhost:",
                       f"@{first}/{rng.choice(['ui-kit', 'parser'])}", f"{rng.randrange(2, 40)}@{rng.randrange(3, 90)}"])


def phone_e164(rng):
    """An international number, with a plus sign."""
    country, plans = rng.choice(PLANS)
    return f"+{country}{rng.choice(['', ' '])}{_fill(rng, rng.choice(plans), rng.random() < 0.35)}"


# Country code, and national numbers that are assigned there: d is any digit, D is 2 to 9.
PLANS = [
    ("1", ["415 5dd dddd", "212 4dd dddd", "312-7dd-dddd", "646 3dd dddd"]),
    ("44", ["20 7946 0ddd", "7911 12dddd", "161 496 0ddd"]),
    ("49", ["30 9018Dddd", "151 2345dddd", "89 5506Ddddd", "171 39dddDd"]),
    ("33", ["6 12 34 dd dd", "1 42 68 dd dd"]),
    ("34", ["612 34 dd dd", "91 234 dd dd"]),
    ("39", ["347 12dd ddd", "06 6982 Dddd"]),
    ("48", ["601 2dd ddd", "22 5dd dd dd"]),
    ("31", ["6 1234dddd", "20 62dDddd"]),
    ("351", ["912 34d ddd", "21 34d dddd"]),
    ("43", ["664 12dDddd", "1 5879 Ddd"]),
    ("41", ["79 2dd dd dd", "44 66d dd dd"]),
    ("46", ["70 17d dd dd"]),
    ("45", ["20 1d dd dd", "33 1d dd dd"]),
    ("91", ["98450 ddddd", "99100 ddddd"]),
    ("81", ["90 1234 dddd", "3 3581 dddd"]),
    ("61", ["412 34d ddd", "2 9374 dddd"]),
    ("55", ["11 9612d dddd"]),
    ("52", ["55 5658 dddd"]),
    ("82", ["10 2123 dddd"]),
    ("65", ["8123 dddd", "6521 dddd"]),
    ("972", ["54 123 dddd"]),
]


def _fill(rng, plan, compact):
    value = "".join(digits(rng, 1) if c == "d" else rng.choice("23456789") if c == "D" else c for c in plan)
    return value.replace(" ", "").replace("-", "") if compact else value


NATIONAL = {
    "us": ["(415) 5dd-dddd", "(212) 4dd-dddd", "312-7dd-dddd", "646.3dd.dddd", "(305) 5dd-dddd"],
    "uk": ["020 7946 0ddd", "07911 12dddd", "0161 496 0ddd"],
    "de": ["030 9018Dddd", "0151 2345dddd", "089/5506Ddd", "0171-39dddDd"],
    "fr": ["06 12 34 dd dd", "01 42 68 dd dd", "06.12.34.dd.dd"],
    "es": ["612 34 dd dd", "91 234 dd dd"],
    "it": ["347 12dd ddd", "06 6982 Dddd"],
    "pl": ["601 2dd ddd", "22 5dd dd dd"],
    "nl": ["06-1234dddd", "020-62dDddd"],
    "pt": ["912 34d ddd", "21 34d dddd"],
    "jp": ["090-1234-dddd", "03-3581-dddd"],
}


def phone_national(rng, country):
    """A number as it is written within its country."""
    return _fill(rng, rng.choice(NATIONAL[country]), False)


STREETS = {
    "us": "{n} {a} {b}, {c}, {s} {z}",
    "uk": "{n} {a} {b}, {c} {z}",
    "de": "{a} {n}, {z} {c}",
    "fr": "{n} {a}, {z} {c}",
    "es": "{a}, {n}, {z} {c}",
    "it": "{a} {n}, {z} {c}",
    "pl": "{a} {n}, {z} {c}",
    "nl": "{a} {n}, {z} {c}",
    "pt": "{a} {n}, {z} {c}",
}
PLACES = {
    "us": (["Maple", "Oak", "Washington", "Lincoln", "Cedar", "Elm", "Sunset"],
           ["Street", "Avenue", "Blvd", "Dr", "Rd", "Lane", "St"],
           [("Springfield", "IL 62704"), ("Austin", "TX 78701"), ("Portland", "OR 97205"), ("Boston", "MA 02108"),
            ("Denver", "CO 80203"), ("Seattle", "WA 98101")]),
    "uk": (["High", "Station", "Church", "Victoria", "Queens", "Mill"], ["Street", "Road", "Lane", "Avenue"],
           [("London", "SW1A 2AA"), ("Leeds", "LS1 4AP"), ("Bristol", "BS1 5TR"), ("Manchester", "M1 1AE"), ("York", "YO1 7HH")]),
    "de": (["Lindenstraße", "Hauptstr.", "Goethestraße", "Bahnhofstraße", "Schillerweg", "Am Marktplatz"], [""],
           [("Berlin", "10115"), ("München", "80331"), ("Hamburg", "20095"), ("Köln", "50667"), ("Leipzig", "04109")]),
    "fr": (["rue de la Paix", "avenue Victor Hugo", "boulevard Voltaire", "place du Marché", "rue des Lilas"], [""],
           [("Paris", "75002"), ("Lyon", "69003"), ("Marseille", "13001"), ("Lille", "59000")]),
    "es": (["Calle Mayor", "Avenida de América", "Calle de Alcalá", "Plaza de España"], [""],
           [("Madrid", "28013"), ("Barcelona", "08002"), ("Valencia", "46001"), ("Sevilla", "41001")]),
    "it": (["Via Roma", "Via Garibaldi", "Corso Italia", "Piazza Dante"], [""],
           [("Milano", "20121"), ("Roma", "00184"), ("Torino", "10121"), ("Napoli", "80133")]),
    "pl": (["ul. Długa", "ul. Mickiewicza", "al. Jerozolimskie", "ul. Polna"], [""],
           [("Warszawa", "00-950"), ("Kraków", "31-042"), ("Gdańsk", "80-827"), ("Wrocław", "50-101")]),
    "nl": (["Keizersgracht", "Dorpsstraat", "Kerkstraat", "Stationsweg"], [""],
           [("Amsterdam", "1015 CJ"), ("Utrecht", "3511 AB"), ("Rotterdam", "3011 GA"), ("Den Haag", "2511 CV")]),
    "pt": (["Rua Augusta", "Avenida da Liberdade", "Rua do Ouro", "Praça do Comércio"], [""],
           [("Lisboa", "1100-053"), ("Porto", "4000-322"), ("Coimbra", "3000-150")]),
}


def address(rng, country):
    """A postal address on one line."""
    names, kinds, towns = PLACES[country]
    street, kind, (town, code) = rng.choice(names), rng.choice(kinds), rng.choice(towns)
    number = rng.randrange(1, 180) if country != "us" else rng.randrange(100, 9900)
    state, zip_code = code.split(" ", 1) if country == "us" else ("", code)
    return STREETS[country].format(n=number, a=street, b=kind, c=town, s=state, z=zip_code)


def ipv4(rng):
    """An address of version four, public or of a private network."""
    private = rng.choice([f"10.{rng.randrange(1, 250)}", f"192.168", f"172.{rng.randrange(16, 32)}"])
    public = f"{rng.choice([5, 31, 46, 62, 77, 81, 93, 104, 138, 151, 178, 185, 193, 203, 212])}.{rng.randrange(10, 250)}"
    return f"{rng.choice([private, public, public])}.{rng.randrange(0, 255)}.{rng.randrange(2, 254)}"


def ipv4_wrong(rng):
    """Four numbers with dots that are no address."""
    build = f"{rng.randrange(1, 12)}.{rng.randrange(0, 9)}"
    return rng.choice([f"v{build}.{rng.randrange(0, 30)}.{rng.randrange(0, 9)}", f"{build}.{rng.randrange(300, 99999)}.{rng.randrange(0, 9)}",
                       f"256.{rng.randrange(300, 900)}.1.2", f"{build}.{rng.randrange(0, 30)}.{rng.randrange(256, 9000)}",
                       f"{build}.{rng.randrange(0, 30)}", f"{build}.{rng.randrange(0, 30)}-rc.{rng.randrange(1, 9)}"])


def ipv6(rng):
    """An address of version six."""
    group = lambda: f"{rng.randrange(1, 65536):x}"
    head = rng.choice(["2001:db8", "2a02:8109", "2600:1f18", "fd12:3456", "fe80:"])
    if head == "fe80:":
        return f"fe80::{group()}:{group()}:{group()}:{group()}"
    if rng.random() < 0.4:
        return ":".join([head] + [group() for _ in range(6)])
    return f"{head}:{group()}::{group()}"


def ip(rng):
    """An address of either version."""
    return ipv6(rng) if rng.random() < 0.3 else ipv4(rng)


def mac(rng):
    """A MAC address."""
    octets = [f"{rng.randrange(256):02x}" for _ in range(6)]
    octets[0] = f"{rng.randrange(0, 256, 4):02x}"
    colons, dashes = ":".join(octets), "-".join(octets).upper()
    dots = ".".join("".join(octets[i : i + 2]) for i in (0, 2, 4))
    return rng.choice([colons, colons, colons.upper(), dashes, dots])


def mac_wrong(rng):
    """A fingerprint, which has more octets than a MAC address, or what has fewer."""
    octets = [f"{rng.randrange(256):02x}" for _ in range(20)]
    return rng.choice([":".join(octets), ":".join(octets[:16]), ":".join(octets[:5]), ":".join(octets[:4])])


MONTHS = "January February March April May June July August September October November December".split()


def date_of_birth(rng):
    """A date in one of the forms in which birthdays are written."""
    year, month, day = birth(rng)
    return rng.choice([f"{year}-{month:02}-{day:02}", f"{month:02}/{day:02}/{year}", f"{day:02}.{month:02}.{year}",
                       f"{day} {MONTHS[month - 1]} {year}", f"{MONTHS[month - 1]} {day}, {year}"])


def date_of_birth_digits(rng):
    """A date in digits alone, day first, as in most of Europe."""
    year, month, day = birth(rng)
    return rng.choice([f"{day:02}.{month:02}.{year}", f"{day:02}/{month:02}/{year}", f"{day:02}-{month:02}-{year}", f"{year}-{month:02}-{day:02}"])


VIN = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9]))
VIN_WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]


def _vin_check(value):
    total = sum((int(c) if c.isdigit() else VIN_VALUES[c]) * w for c, w in zip(value, VIN_WEIGHTS))
    return "0123456789X"[total % 11]


def vin(rng):
    """A vehicle number whose ninth sign checks the others (ISO 3779, 49 CFR 565)."""
    head = rng.choice("1HG 1FT 2T1 3VW 5YJ 1G1 4T1 JHM KMH WBA".split()) + text(rng, 5, "ABCDEFGHJKLMNPRSTUVWXYZ0123456789")
    tail = rng.choice("ABCDEFGHJKLMNPRST") + text(rng, 1, "ABCDEFGHJKLMNPRSTUVWXYZ") + digits(rng, 6)
    return head + _vin_check(head + "0" + tail) + tail


def vin_wrong(rng):
    """A vehicle number of North America with another ninth sign.

    Only there the sign has to check the others; elsewhere any sign may stand in its place.
    """
    value = vin(rng)
    if value[0] not in "12345":
        value = "1HG" + value[3:]
        value = value[:8] + _vin_check(value[:8] + "0" + value[9:]) + value[9:]
    return value[:8] + rng.choice([c for c in "0123456789X" if c != value[8]]) + value[9:]


PASSPORTS = {
    "us": lambda rng: rng.choice([digits(rng, 9), rng.choice("ABCXY") + digits(rng, 8)]),
    "uk": lambda rng: rng.choice("13579") + digits(rng, 8),
    "de": lambda rng: rng.choice("CFGHJK") + text(rng, 8, "CFGHJKLMNPRTVWXYZ0123456789"),
    "fr": lambda rng: digits(rng, 2) + letters(rng, 2) + digits(rng, 5),
    "it": lambda rng: "Y" + rng.choice("ABC") + digits(rng, 7),
    "es": lambda rng: rng.choice(["PA", "AA", "XD"]) + rng.choice("ABC") + digits(rng, 6),
    "nl": lambda rng: "N" + rng.choice("PSUX") + text(rng, 6, "BCDFGHJKLPR0123456789") + digits(rng, 1),
    "pl": lambda rng: rng.choice(["EA", "EB", "AK", "FA"]) + digits(rng, 7),
    "pt": lambda rng: rng.choice("CPN") + letters(rng, 1) + digits(rng, 6),
    "in": lambda rng: rng.choice("JKLMNPRSTZ") + rng.choice("123456789") + digits(rng, 6),
    "ca": lambda rng: rng.choice(["AB", "GA", "HP"]) + digits(rng, 6),
    "jp": lambda rng: rng.choice(["TK", "TR", "MU"]) + digits(rng, 7),
    "kr": lambda rng: "M" + digits(rng, 8),
    "cn": lambda rng: "E" + rng.choice("123456789") + digits(rng, 7),
}

LICENCES = {
    "us": lambda rng: rng.choice([letters(rng, 1) + digits(rng, 7), letters(rng, 1) + digits(rng, 12), digits(rng, 8),
                                  f"{letters(rng, 1)}{digits(rng, 3)}-{digits(rng, 4)}-{digits(rng, 4)}"]),
    "uk": lambda rng: rng.choice(["MORGA", "SMITH", "TAYLO", "BROWN", "PATEL"]) + rng.choice("6789") + f"{rng.randrange(1, 13):02}"
    + f"{rng.randrange(1, 29):02}" + digits(rng, 1) + letters(rng, 2) + rng.choice("9") + text(rng, 2, "ABCDEFGHJKLMNPRSTUVWXYZ"),
    "de": lambda rng: text(rng, 1, "BCDEFGHJKLMN") + digits(rng, 3) + text(rng, 3, "ABCDEFGHJKLMNPRST") + text(rng, 4, "0123456789"),
    "fr": lambda rng: digits(rng, 12),
    "it": lambda rng: "U1" + text(rng, 7, "ABCDEFGH0123456789") + letters(rng, 1),
    "nl": lambda rng: rng.choice("3456") + digits(rng, 9),
    "pl": lambda rng: f"{digits(rng, 5)}/{rng.randrange(10, 24)}/{digits(rng, 4)}",
    "au": lambda rng: digits(rng, 8),
}


def npi(rng):
    """A provider's number: Luhn with 80840 before it."""
    body = rng.choice("12") + digits(rng, 8)
    return body + checks.luhn("80840" + body)


def npi_wrong(rng):
    """Ten digits that fail the provider's check."""
    value = npi(rng)
    return value[:9] + str((int(value[9]) + rng.randrange(1, 10)) % 10)


def dea(rng):
    """A registration for controlled substances: two letters and seven digits, of which the last checks."""
    body = digits(rng, 6)
    total = int(body[0]) + int(body[2]) + int(body[4]) + 2 * (int(body[1]) + int(body[3]) + int(body[5]))
    return rng.choice("ABCFGMPR") + rng.choice("ABCDEFGHJKLMNPRSTW") + body + str(total % 10)


def dea_wrong(rng):
    """A registration with another last digit."""
    value = dea(rng)
    return value[:8] + str((int(value[8]) + rng.randrange(1, 10)) % 10)


def mrn(rng):
    """A medical record number: what a hospital likes."""
    return rng.choice([digits(rng, 7), digits(rng, 8), rng.choice("0123") + digits(rng, 5), f"{digits(rng, 3)}-{digits(rng, 2)}-{digits(rng, 3)}",
                       f"H{digits(rng, 7)}"])


def uuid(rng):
    """A random UUID."""
    return f"{hexes(rng, 8)}-{hexes(rng, 4)}-4{hexes(rng, 3)}-{rng.choice('89ab')}{hexes(rng, 3)}-{hexes(rng, 12)}"


def mixed_token(rng, count):
    """A token with both letters and digits."""
    return until(lambda: alnum(rng, count), lambda t: any(c.isdigit() for c in t) and any(c.isalpha() for c in t))
