"""Text that looks like a value and is none, and text that looks like nothing."""

from . import checks, contact, frames, keys, labels
from .pick import alnum, digits, hexes, letters, text, until
from .sentence import Sentence, fill

CARD_HEADS = tuple("23456")


def no_card(make):
    """Digits that no card scheme could have issued, however they are grouped."""
    def accept(value):
        bare = "".join(c for c in value if c.isdigit())
        return not (12 <= len(bare) <= 19 and bare[0] in CARD_HEADS and checks.is_luhn(bare))
    return lambda rng: until(lambda: make(rng), accept)


def _number(count):
    return lambda rng: rng.choice("123456789") + digits(rng, count - 1)


def _imei(rng):
    body = rng.choice(["35", "86", "01"]) + digits(rng, 12)
    return body + checks.luhn(body)


def _isbn(rng):
    body = rng.choice(["978", "979"]) + digits(rng, 9)
    value = body + checks.ean(body)
    return rng.choice([value, f"{value[:3]}-{value[3]}-{value[4:8]}-{value[8:12]}-{value[12]}"])


# Everyday numbers and names: what they are, and how they look.
SHAPES = {
    "order number": [_number(n) for n in (6, 7, 8, 9, 10, 11, 12, 13, 14, 16)],
    "grouped number": [lambda r: f"{digits(r, 4)}-{digits(r, 4)}-{digits(r, 3)}", lambda r: f"{digits(r, 2)}-{digits(r, 3)}-{digits(r, 2)}",
                       lambda r: f"{digits(r, 5)}-{digits(r, 5)}", lambda r: f"{digits(r, 3)}-{digits(r, 2)}-{digits(r, 3)}",
                       lambda r: f"{digits(r, 4)}/{digits(r, 4)}/{digits(r, 2)}", lambda r: f"{letters(r, 2)}-{digits(r, 4)}-{digits(r, 4)}"],
    "product code": [lambda r: f"{letters(r, 3)}-{digits(r, 4)}-{letters(r, 1)}", lambda r: f"{letters(r, 2)}{digits(r, 5)}",
                     lambda r: f"{letters(r, 1)}{digits(r, 3)}.{digits(r, 2)}", lambda r: f"{letters(r, 4)}{digits(r, 8)}"],
    "ean": [lambda r: (lambda b: b + checks.ean(b))(r.choice(["40", "50", "76", "87", "00"]) + digits(r, 10)), _isbn, _isbn],
    "uuid": [contact.uuid, contact.uuid, lambda r: contact.uuid(r).upper(), lambda r: "{" + contact.uuid(r) + "}"],
    "digest": [lambda r: hexes(r, 32), lambda r: hexes(r, 40), lambda r: hexes(r, 64), lambda r: hexes(r, 7), lambda r: "sha256:" + hexes(r, 64),
               lambda r: "W/\"" + hexes(r, 16) + "\""],
    "timestamp": [lambda r: str(1_600_000_000 + r.randrange(150_000_000)), lambda r: str(1_600_000_000_000 + r.randrange(150_000_000_000)),
                  lambda r: f"202{r.randrange(6)}{r.randrange(1, 13):02}{r.randrange(1, 29):02}{r.randrange(24):02}{r.randrange(60):02}{r.randrange(60):02}",
                  lambda r: f"202{r.randrange(6)}-{r.randrange(1, 13):02}-{r.randrange(1, 29):02}T{r.randrange(24):02}:{r.randrange(60):02}:{r.randrange(60):02}.{digits(r, 6)}+02:00"],
    "version": [lambda r: f"v{r.randrange(1, 20)}.{r.randrange(40)}.{r.randrange(99)}.{r.randrange(9)}", lambda r: f"{r.randrange(1, 20)}.{r.randrange(40)}.{r.randrange(99)}",
                lambda r: f"10.0.{r.randrange(10240, 30000)}.{r.randrange(300, 9000)}", lambda r: f"{r.randrange(1, 9)}.{r.randrange(40)}.0-rc.{r.randrange(1, 9)}+build.{digits(r, 4)}"],
    "price": [lambda r: f"${r.randrange(1, 9)},{digits(r, 3)},{digits(r, 3)}.{digits(r, 2)}", lambda r: f"{r.randrange(10, 999)}.{digits(r, 3)},{digits(r, 2)} €",
              lambda r: f"USD {digits(r, 6)}.{digits(r, 2)}", lambda r: f"¥{r.randrange(100, 999)},{digits(r, 3)},{digits(r, 3)}"],
    "tracking": [lambda r: "1Z" + text(r, 16, "ABCDEFGHJKLMNPRSTVWXY0123456789"), lambda r: "9400" + digits(r, 18), lambda r: "00340434" + digits(r, 12),
                 lambda r: f"{letters(r, 2)}{digits(r, 9)}{r.choice(['DE', 'CN', 'GB', 'US'])}", lambda r: "JJD" + digits(r, 16), lambda r: "7" + digits(r, 11)],
    "phone-like id": [lambda r: f"555-0{digits(r, 3)}-{digits(r, 2)}", lambda r: f"{digits(r, 3)}-{digits(r, 3)}-{digits(r, 3)}", lambda r: f"0{digits(r, 3)}-{digits(r, 6)}-{digits(r, 2)}",
                      lambda r: f"T+{digits(r, 5)}", lambda r: f"+{digits(r, 3)} bps", lambda r: f"{digits(r, 4)}.{digits(r, 4)}.{digits(r, 3)}"],
    "device": [_imei, lambda r: "89" + digits(r, 17), lambda r: f"SN{digits(r, 10)}", lambda r: text(r, 12, "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789")],
    "float": [lambda r: f"0.{digits(r, 16)}", lambda r: f"{r.randrange(-180, 180)}.{digits(r, 13)}", lambda r: f"{r.randrange(1, 9)}.{digits(r, 15)}e-{r.randrange(1, 9):02}",
              lambda r: f"{r.randrange(40, 60)}.{digits(r, 6)}, {r.randrange(1, 20)}.{digits(r, 6)}"],
    "object name": [lambda r: f"s3://bucket-{digits(r, 4)}/{hexes(r, 8)}/part-{digits(r, 5)}.parquet", lambda r: f"/var/log/app-{digits(r, 8)}.log.gz",
                    lambda r: f"IMG_{digits(r, 8)}_{digits(r, 6)}.jpg", lambda r: f"0x{hexes(r, 8)}", lambda r: f"#{hexes(r, 6)}", lambda r: f"arXiv:{digits(r, 4)}.{digits(r, 5)}",
                    lambda r: f"doi:10.{digits(r, 4)}/{alnum(r, 8)}", lambda r: f"https://example.com/orders/{digits(r, 10)}?page={r.randrange(9)}"],
}

# Kinds that are lookalikes only where the sentence says what they are.
NEEDS_WORDS = {"order number", "grouped number", "phone-like id", "tracking"}

COLUMNS = [
    "epoch,loss,accuracy\n{a},0.{f},0.{g}\n{b},0.{h},0.{i}",
    "lat,lon,alt\n52.{f},13.{g},{a}.{b}\n48.{h},11.{i},{b}.{a}",
    "[0.{f}, -0.{g}, 0.{h}, 0.{i}]",
    "ts,value\n16{f},{a}\n16{g},{b}",
    "p50={a}ms p95={b}ms p99=1{b}ms ratio=0.{f}",
]

# Code around passwords that holds none.
PASSWORD_CODE = """password = getpass.getpass("Password: ")
password: str = Field(min_length=12)
if password != confirm_password: raise ValueError("passwords differ")
password = os.environ["DB_PASSWORD"]
password = request.form["password"]
<input type="password" name="password" id="password" required>
"password": "********"
password: ${DB_PASSWORD}
DB_PASSWORD={{ .Values.db.password }}
passwd = config.get("passwd")
PASSWORD=$(vault kv get -field=password secret/db)
secret = secrets.token_hex(32)
password_hash = bcrypt.hashpw(password, bcrypt.gensalt())
const { password } = req.body;
The password must have at least 12 characters, one digit and one symbol.
I forgot my password, how do I reset it?
Passwort vergessen? Klicken Sie hier.
ALTER USER app PASSWORD NULL;
client_secret: <your client secret>
api_key = settings.API_KEY
token = next(tokens)
password=<password>
"password": null,
password reset requested for user 4821
secretName: app-credentials
passwordPolicy: strict""".split("\n")

TOPICS = ["the quarterly report", "a birthday invitation", "our new onboarding guide", "the incident of last week", "a haiku about rain",
          "the release notes", "this function", "a lesson plan on photosynthesis", "the team offsite", "a cover letter for a data analyst"]

PLAIN = [
    "Write {t} in the style of a friendly colleague, in no more than {n} words.",
    "Can you explain {t} to me as if I were twelve?",
    "Bitte fasse {t} in {n} Sätzen zusammen und schlage einen Titel vor.",
    "Rédige un résumé de {t} en {n} phrases, sans jargon.",
    "Resume {t} en una tabla con {n} filas.",
    "Scrivi una versione più breve di {t}, massimo {n} parole.",
    "Streść {t} w {n} punktach.",
    "Vat {t} samen in {n} punten, graag met een voorbeeld.",
    "What are the pros and cons of {t}? List {n} of each.",
    "for i in range({n}):\n    print(i * i)  # part of {t}",
    "SELECT city, COUNT(*) FROM visits GROUP BY city HAVING COUNT(*) > {n};",
    "The meeting about {t} is on Thursday at {h}:30, room {n}, bring {m} copies.",
    "In {y}, sales grew by {n} % while costs fell by {m} %; what could explain it?",
    "Rust: why does `Vec::with_capacity({n})` not change `len()`? I am writing {t}.",
    "{n} of {m} tests passed; the rest time out after {h} seconds. Draft a message about {t}.",
    "Compare chapters {n} and {m} of the book, then connect them to {t}.",
    "{t}についての要約を{n}行で書いてください。",
    "{t}에 대해 {n}문장으로 요약해 주세요.",
    "请用{n}句话总结{t}。",
    "Agenda: 1. {t} 2. budget {y} 3. hiring ({n} open roles) 4. any other business",
]


def shapes(rng, count):
    """Sentences around everyday numbers and names."""
    kinds = list(SHAPES)
    for at in range(count):
        kind = kinds[at % len(kinds)]
        value = no_card(rng.choice(SHAPES[kind]))(rng)
        frame = rng.choice(frames.OTHER if kind in NEEDS_WORDS else frames.OTHER + frames.BARE)
        yield fill(rng, frame.replace("{V}", value.replace("{", "{{").replace("}", "}}")))


def columns(rng, count):
    """Rows of numbers."""
    for _ in range(count):
        sixteen = no_card(lambda r: "9" + digits(r, r.choice([7, 11, 14, 15])))
        frame = rng.choice(COLUMNS)
        parts = {name: sixteen(rng) for name in "fghi"} | {"a": str(rng.randrange(2, 99)), "b": str(rng.randrange(100, 999))}
        if "16{f}" in frame:
            parts |= {name: digits(rng, 8) for name in "fg"}
        yield Sentence().say(frame.format(**parts))


def secret_lookalikes(rng, count):
    """Placeholders, keys cut short, and identifiers that are public."""
    for _ in range(count):
        make = rng.choice([keys.placeholder, keys.too_short, keys.unlike, keys.unlike])
        value, frame = make(rng), rng.choice(frames.SECRET + frames.OTHER)
        name = rng.choice(["API_KEY", "TOKEN"] if make is keys.placeholder else ["SERVICE_ID", "BUILD_ID", "IMAGE_DIGEST"])
        yield fill(rng, frame.replace("Bearer {V}", "Trace {V}").replace("token {V}", "object {V}").replace("token = ", "build = ").replace("const key", "const ref"),
                   None, value, secret=name)


def password_code(rng, count):
    """Code and talk about passwords."""
    for _ in range(count):
        first, second = rng.sample(PASSWORD_CODE, 2)
        yield Sentence().say(rng.choice([first, f"{first}\n{second}", f"Review this line:\n```\n{first}\n```", f"why does the linter flag `{first}`?"]))


def dates(rng, count):
    """Dates that are nobody's birthday, and fractions that are no expiry."""
    for _ in range(count):
        day = contact.date_of_birth_digits(rng)
        yield fill(rng, rng.choice([f"Invoice date: {day}, amount {{amount}}", f"created_at: {day}", f"The contract of {day} ends next year.",
                                    f"{{{{\"updated\": \"{day}\", \"rows\": {{num}}}}}}", f"Rechnungsdatum: {day}", f"Date de facture : {day}",
                                    f"see page {rng.randrange(1, 13):02}/{rng.randrange(26, 33)} of the handout", f"Score {rng.randrange(1, 13):02}/{rng.randrange(26, 33)} in round {{small}}",
                                    f"Founded on {day}, the company has {{num}} employees."]))


def words(rng, count):
    """Labels without a value behind them."""
    everything = [l for group in (labels.IDENTITY, labels.FINANCE, labels.HEALTH, labels.CONTACT) for d, l in sorted(group.items())]
    for at in range(count):
        choice = everything[at % len(everything)]
        label = rng.choice(rng.choice(list(choice.values())))
        yield fill(rng, rng.choice(frames.WORDS), label=label)


def plain(rng, count):
    """Prompts that hold nothing of interest."""
    for _ in range(count):
        yield Sentence().say(rng.choice(PLAIN).format(t=rng.choice(TOPICS), n=rng.randrange(3, 120), m=rng.randrange(2, 60), h=rng.randrange(8, 18),
                                                      y=rng.randrange(2015, 2026)))
