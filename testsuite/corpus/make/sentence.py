"""Fills frames, and keeps where the values came to stand."""

import re

from . import contact
from .pick import digits, hexes, text

CITIES = ["Berlin", "Lyon", "Austin", "Leeds", "Porto", "Gdynia", "Turin", "Sevilla", "Utrecht", "Graz", "Oslo", "Osaka"]
UNSAFE = re.compile(r"[^\w]+")


def noise(rng, what):
    """Text for a hole that holds no value."""
    makers = {
        "name": lambda: contact.name(rng),
        "order": lambda: rng.choice([f"#A-{digits(rng, 5)}", f"ORD-{rng.randrange(2021, 2026)}-{digits(rng, 5)}", f"{rng.randrange(10000, 99999)}"]),
        "day": lambda: rng.choice([f"{rng.randrange(1, 28)} {rng.choice(contact.MONTHS)}", f"2024-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}",
                                   rng.choice(["Monday", "Friday", "Tuesday"])]),
        "time": lambda: f"{rng.randrange(7, 20):02}:{rng.randrange(60):02}",
        "stamp": lambda: f"2025-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}T{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}.{digits(rng, 3)}Z",
        "amount": lambda: rng.choice([f"${rng.randrange(5, 900)}.{digits(rng, 2)}", f"€ {rng.randrange(1, 9)}.{digits(rng, 3)},{digits(rng, 2)}",
                                      f"{rng.randrange(10, 990)},{digits(rng, 2)} EUR", f"£{rng.randrange(1, 99)}"]),
        "city": lambda: rng.choice(CITIES),
        "num": lambda: str(rng.randrange(10, 9999)),
        "small": lambda: str(rng.randrange(2, 41)),
        "version": lambda: f"{rng.randrange(1, 12)}.{rng.randrange(0, 30)}.{rng.randrange(0, 9)}",
        "hex": lambda: hexes(rng, 12),
        "word": lambda: text(rng, 6, "abcdefghijklmnopqrstuvwxyz"),
    }
    return makers[what]()


def key(label):
    """A label as the key of a record."""
    return UNSAFE.sub("_", label.lower().replace("'s", "s")).strip("_")


class Sentence:
    """A text that grows, and the spans of the values in it."""

    def __init__(self):
        self.text = ""
        self.spans = []

    def say(self, text):
        """Adds text that holds no value."""
        self.text += text
        return self

    def value(self, detector, value, optional=False):
        """Adds a value, and a span over it."""
        start = len(self.text.encode())
        self.text += value
        span = {"detector": detector, "start": start, "end": len(self.text.encode())}
        if optional:
            span["optional"] = True
        self.spans.append(span)
        return self


HOLE = re.compile(r"\{\{|\}\}|\{(\w+)\}")


def fill(rng, frame, detector=None, value="", label="", secret=""):
    """A sentence from a frame; with a detector, its value becomes a span."""
    sentence, at = Sentence(), 0
    for hole in HOLE.finditer(frame):
        sentence.say(frame[at : hole.start()])
        at, what = hole.end(), hole.group(1)
        if what is None:
            sentence.say(hole.group(0)[0])
        elif what == "V":
            inside = frame[: hole.start()].endswith(("\"", "'"))
            written = value.replace("\n", "\\n") if inside else value
            sentence.value(detector, written) if detector else sentence.say(written)
        elif what in ("L", "K", "S"):
            sentence.say({"L": label, "K": key(label), "S": secret}[what])
        else:
            sentence.say(noise(rng, what))
    return sentence.say(frame[at:])
