"""Records of several values each: signatures, forms, rows, logs."""

from . import contact, europe, finance, plan, world
from .sentence import Sentence, key, noise

BY_NAME = {t.detector: t for t in plan.TYPES}
COMMON = ["pii.email", "pii.phone", "pii.iban", "pii.pan", "pii.date_of_birth", "pii.postal_address", "pii.passport"]
LOCAL = {
    "en": ["pii.us_ssn", "pii.uk_nino", "pii.uk_nhs", "pii.us_itin", "health.mrn", "pii.ca_sin", "pii.driving_licence", "pii.ip_address"],
    "de": ["pii.de_steuer_id", "pii.at_svnr", "pii.ch_ahv", "pii.ip_address"],
    "fr": ["pii.fr_nir", "pii.be_nrn"],
    "es": ["pii.es_dni", "pii.es_nie", "pii.mx_curp"],
    "it": ["pii.it_codice_fiscale"],
    "pl": ["pii.pl_pesel"],
    "nl": ["pii.nl_bsn"],
    "pt": ["pii.pt_nif", "pii.br_cpf"],
}


def _fields(rng, language):
    names = [n for n in COMMON + LOCAL[language] * 2 if language in BY_NAME[n].labels]
    chosen = []
    for name in rng.sample(names, rng.randrange(2, 5)):
        if name not in chosen:
            chosen.append(name)
    return [(n, rng.choice(BY_NAME[n].labels[language]), BY_NAME[n].make(rng, language)) for n in chosen]


def _form(rng, fields):
    out = Sentence().say(f"{noise(rng, 'name')}\n")
    for detector, label, value in fields:
        out.say(f"{label}: ").value(detector, value).say("\n")
    return out.say(rng.choice(["Please open a ticket with these details.", "-- \nsent from my phone", ""]))


def _json(rng, fields):
    out = Sentence().say("{\"id\": " + noise(rng, "num"))
    for detector, label, value in fields:
        out.say(f", \"{key(label)}\": \"").value(detector, value).say("\"")
    return out.say("}")


def _row(rng, fields):
    out = Sentence()
    for at, (detector, label, value) in enumerate(fields):
        out.say(" | " if at else "| ").say(f"{label} ").value(detector, value)
    return out.say(" |")


def _log(rng, fields):
    out = Sentence().say(f"{noise(rng, 'stamp')} INFO form")
    for detector, label, value in fields:
        out.say(f" {key(label)}=\"").value(detector, value).say("\"")
    return out.say(f" took={noise(rng, 'num')}ms")


def records(rng, count):
    """Records of two values to four."""
    for _ in range(count):
        language = rng.choice(["en"] * 5 + ["de", "de", "fr", "es", "it", "pl", "nl", "pt"])
        yield rng.choice([_form, _form, _json, _row, _log])(rng, _fields(rng, language))


def cards(rng, count):
    """Cards with their expiry and security code."""
    for _ in range(count):
        number, brand = finance.card(rng)
        shown, code = finance.group_card(number, rng.choice(["", " ", "-"])), f"{rng.randrange(0, 1000):03}"
        code = f"{rng.randrange(0, 10000):04}" if brand == "amex" else code
        expiry, out = finance.card_expiry(rng), Sentence()
        form = rng.randrange(4)
        if form == 0:
            out.say("Charge card ").value("pii.pan", shown).say(", exp ").value("pii.card_expiry", expiry).say(", CVV ").value("pii.card_cvv", code).say(" please.")
        elif form == 1:
            out.say("{\"card_number\":\"").value("pii.pan", shown).say("\",\"expiry\":\"").value("pii.card_expiry", expiry).say("\",\"cvv\":\"")
            out.value("pii.card_cvv", code).say("\"}")
        elif form == 2:
            out.say("Kreditkarte ").value("pii.pan", shown).say(", gültig bis ").value("pii.card_expiry", expiry).say(", Prüfziffer CVC: ").value("pii.card_cvv", code)
        else:
            out.say(f"{contact.name(rng)}\nCard: ").value("pii.pan", shown).say("\nExpiry: ").value("pii.card_expiry", expiry).say("\nSecurity code: ")
            out.value("pii.card_cvv", code)
        yield out


def accounts(rng, count):
    """Bank accounts with what routes to them."""
    for _ in range(count):
        out, form = Sentence(), rng.randrange(4)
        if form == 0:
            out.say("Please pay to routing number ").value("pii.us_routing", finance.us_routing(rng)).say(", account number ")
            out.value("pii.bank_account", finance.us_account(rng)).say(f". Thanks, {contact.name(rng)}")
        elif form == 1:
            out.say("Sort code: ").value("pii.bank_account", finance.sort_code(rng), True).say(" Account number: ")
            out.value("pii.bank_account", finance.uk_account(rng))
        elif form == 2:
            out.say("IBAN: ").value("pii.iban", finance.iban(rng)).say("\nBIC: ").value("pii.bic", finance.bic(rng)).say(f"\n{contact.name(rng)}")
        else:
            out.say("sort code ").value("pii.bank_account", finance.sort_code(rng), True).say(", a/c ").value("pii.bank_account", finance.uk_account(rng))
            out.say(f", name {contact.name(rng)}")
        yield out


def people(rng, count):
    """Rows of a table whose header names the columns."""
    for _ in range(count):
        ssn, mail = world.us_ssn(rng), contact.email(rng)
        out = Sentence().say("name,email,ssn\n").say(f"{contact.name(rng)},").value("pii.email", mail).say(",").value("pii.us_ssn", ssn)
        if rng.random() < 0.4:
            out = Sentence().say("imię;PESEL;miasto\n").say(f"{contact.name(rng)};").value("pii.pl_pesel", europe.pl_pesel(rng)).say(";Kraków")
        yield out
