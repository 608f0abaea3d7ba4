"""Which types the corpus holds, how often, and what makes their values."""

from dataclasses import dataclass
from typing import Callable, Optional

from . import contact, europe, finance, labels, world
from .pick import digits


@dataclass
class Type:
    """One type: who detects it, its values, its labels, and its share."""

    detector: str
    topic: str
    make: Callable  # (rng, language) -> value
    labels: dict  # language -> what it is called there
    count: int = 34
    bare: Optional[Callable] = None  # (rng) -> a value that needs no label
    bare_share: float = 0.0
    wrong: Optional[Callable] = None  # (rng) -> a value of the right shape that is none
    wrong_count: int = 20
    other: Optional[Callable] = None  # (rng) -> the same shape, for sentences about something else
    oracle: Optional[str] = None  # the module of python-stdnum that knows it


def plain(make):
    """A maker that does not mind the language."""
    return lambda rng, _language: make(rng)


def holding(make, mark):
    """A maker of those values that are written with a mark."""
    def marked(rng):
        while True:
            value = make(rng)
            if mark in value:
                return value
    return marked


def _identity(name, make, **more):
    detector = f"pii.{name}"
    topic = more.pop("topic", "national_europe")
    return Type(detector, topic, plain(make), labels.IDENTITY[detector], **more)


def _europe(name, oracle=None, **more):
    make = getattr(europe, name)
    more.setdefault("wrong", europe.wrong(make))
    more.setdefault("other", more["wrong"])
    return _identity(name, make, oracle=oracle, **more)


def _world(name, oracle=None, **more):
    make = getattr(world, name)
    more.setdefault("wrong", europe.wrong(make))
    more.setdefault("other", more["wrong"])
    return _identity(name, make, oracle=oracle, topic="national_world", **more)


EUROPE = [
    _europe("de_steuer_id", "de.idnr", count=44),
    _europe("fr_nir", "fr.nir", count=44),
    _europe("es_dni", "es.dni", count=40),
    _europe("es_nie", "es.nie"),
    _europe("it_codice_fiscale", "it.codicefiscale", count=44, bare=europe.it_codice_fiscale, bare_share=0.3),
    _europe("nl_bsn", "nl.bsn", count=40),
    _europe("be_nrn", "be.nn"),
    _europe("pl_pesel", "pl.pesel", count=40),
    _europe("pt_nif", "pt.nif"),
    _europe("se_personnummer", "se.personnummer"),
    _europe("fi_hetu", "fi.hetu"),
    _europe("dk_cpr", "dk.cpr", wrong=europe.dk_cpr_wrong),
    _europe("at_svnr", "at.vnr", wrong=europe.at_svnr_wrong),
    _europe("ie_ppsn", "ie.pps", wrong=europe.ie_ppsn_wrong),
    _europe("cz_rodne_cislo", "cz.rc"),
    _europe("bg_egn", "bg.egn"),
    _europe("hr_oib", "hr.oib"),
    _europe("ee_isikukood", "ee.ik"),
    _europe("lt_asmens_kodas", "lt.asmens"),
    _europe("lv_personas_kods", "lv.pvn"),
    _europe("hu_taj"),
    _europe("gr_amka", "gr.amka"),
    _europe("gr_afm", "gr.vat"),
    _europe("ro_cnp", "ro.cnp"),
    _europe("si_emso", "si.emso"),
    _europe("lu_matricule"),
    _europe("mt_id", wrong=None, other=europe.mt_id),
    _europe("cy_tic", "cy.vat"),
    _europe("no_fodselsnummer", "no.fodselsnummer"),
    _europe("ch_ahv", "ch.ssn", bare=holding(europe.ch_ahv, "."), bare_share=0.2),
    _europe("uk_nino", wrong=europe.uk_nino_wrong, other=europe.uk_nino, count=44),
    _europe("uk_nhs", "gb.nhs", count=40),
    _europe("uk_utr", "gb.utr", wrong=europe.uk_utr_wrong),
]

WORLD = [
    _world("us_ssn", "us.ssn", count=90, bare=world.us_ssn, bare_share=0.35, wrong=world.us_ssn_wrong, other=None, wrong_count=40),
    _world("us_itin", "us.itin", wrong=world.us_itin_wrong, other=world.us_itin_wrong),
    _world("us_ein", "us.ein", wrong=world.us_ein_wrong, other=world.us_ein),
    _world("ca_sin", "ca.sin"),
    _world("br_cpf", "br.cpf", count=40, bare=holding(world.br_cpf, "."), bare_share=0.25),
    _world("br_cnpj", "br.cnpj", bare=holding(world.br_cnpj, "/"), bare_share=0.25),
    _world("in_aadhaar", "in_.aadhaar", count=40),
    _world("in_pan", "in_.pan", wrong=world.in_pan_wrong, other=world.in_pan),
    _world("au_tfn", "au.tfn"),
    _world("au_medicare", wrong=world.au_medicare_wrong),
    _world("sg_nric", None, bare=world.sg_nric, bare_share=0.25, wrong=world.sg_nric_wrong),
    _world("jp_my_number", "jp.in_"),
    _world("kr_rrn", "kr.rrn", bare=world.kr_rrn, bare_share=0.2),
    _world("cn_id", "iso7064.mod_11_2", bare=world.cn_id, bare_share=0.25),
    _world("mx_curp", "mx.curp", bare=world.mx_curp, bare_share=0.3),
    _world("cl_rut", "cl.rut", wrong=world.cl_rut_wrong),
    _world("il_id", "il.idnr"),
]

FINANCE = [
    Type("pii.pan", "finance", plain(finance.pan), labels.FINANCE["pii.pan"], 220, finance.pan, 0.5, finance.pan_wrong, 110, finance.pan_wrong, "luhn"),
    Type("pii.iban", "finance", plain(finance.iban), labels.FINANCE["pii.iban"], 180, finance.iban, 0.5, finance.iban_wrong, 70, finance.iban_wrong, "iban"),
    Type("pii.card_expiry", "finance", plain(finance.card_expiry), labels.FINANCE["pii.card_expiry"], 40),
    Type("pii.bic", "finance", plain(finance.bic), labels.FINANCE["pii.bic"], 44, other=finance.bic, oracle="bic"),
    Type("pii.us_routing", "finance", plain(finance.us_routing), labels.FINANCE["pii.us_routing"], 40,
         wrong=finance.us_routing_wrong, other=finance.us_routing_wrong, oracle="us.rtn"),
    Type("pii.bank_account", "finance", plain(finance.us_account), labels.FINANCE["pii.bank_account"], 40, other=finance.us_account),
    Type("pii.crypto_address", "finance", plain(finance.crypto), labels.FINANCE["pii.crypto_address"], 70, finance.crypto, 0.5,
         finance.crypto_wrong, 30, finance.crypto_wrong),
    Type("pii.card_cvv", "finance", lambda rng, _: digits(rng, 3), labels.FINANCE["pii.card_cvv"], 40),
]


def _phone(rng, language):
    country = {"en": ["us", "us", "uk"], "ja": ["jp"]}.get(language, [language])
    return contact.phone_e164(rng) if rng.random() < 0.45 else contact.phone_national(rng, rng.choice(country))


def _address(rng, language):
    return contact.address(rng, rng.choice(["us", "us", "uk"]) if language == "en" else language)


def _paper(makers):
    def make(rng, language):
        countries = {"en": [c for c in ("us", "uk", "in", "ca", "jp", "kr", "cn", "au") if c in makers]}
        return makers[rng.choice(countries.get(language, [language]))](rng)
    return make


def _birth(rng, language):
    return contact.date_of_birth(rng) if language == "en" else contact.date_of_birth_digits(rng)


CONTACT = [
    Type("pii.email", "contact", plain(contact.email), labels.CONTACT["pii.email"], 140, contact.email, 0.6, contact.email_wrong, 50),
    Type("pii.phone", "contact", _phone, labels.CONTACT["pii.phone"], 130, contact.phone_e164, 0.3),
    Type("pii.postal_address", "contact", _address, labels.CONTACT["pii.postal_address"], 70),
    Type("pii.ip_address", "contact", plain(contact.ip), labels.CONTACT["pii.ip_address"], 110, contact.ip, 0.55, contact.ipv4_wrong, 60, contact.ipv4_wrong),
    Type("pii.mac_address", "contact", plain(contact.mac), labels.CONTACT["pii.mac_address"], 44, contact.mac, 0.5, contact.mac_wrong, 24, contact.mac_wrong),
    Type("pii.date_of_birth", "contact", _birth, labels.CONTACT["pii.date_of_birth"], 70, other=contact.date_of_birth_digits),
    Type("pii.vin", "contact", plain(contact.vin), labels.CONTACT["pii.vin"], 44, contact.vin, 0.25, contact.vin_wrong, 20, contact.vin_wrong),
    Type("pii.passport", "contact", _paper(contact.PASSPORTS), labels.CONTACT["pii.passport"], 60, other=contact.PASSPORTS["it"]),
    Type("pii.driving_licence", "contact", _paper(contact.LICENCES), labels.CONTACT["pii.driving_licence"], 50, other=contact.LICENCES["us"]),
]

HEALTH = [
    Type("health.npi", "health", plain(contact.npi), labels.HEALTH["health.npi"], 40, wrong=contact.npi_wrong, other=contact.npi_wrong),
    Type("health.dea", "health", plain(contact.dea), labels.HEALTH["health.dea"], 40, wrong=contact.dea_wrong, other=contact.dea_wrong),
    Type("health.mrn", "health", plain(contact.mrn), labels.HEALTH["health.mrn"], 40, other=contact.mrn),
]

TYPES = EUROPE + WORLD + FINANCE + CONTACT + HEALTH
