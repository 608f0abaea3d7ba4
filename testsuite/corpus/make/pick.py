"""Random pieces, all from one generator handed in."""

import string


def digits(rng, count):
    """`count` random digits."""
    return "".join(rng.choice(string.digits) for _ in range(count))


def letters(rng, count):
    """`count` random capital letters."""
    return "".join(rng.choice(string.ascii_uppercase) for _ in range(count))


def text(rng, count, alphabet):
    """`count` random characters of an alphabet."""
    return "".join(rng.choice(alphabet) for _ in range(count))


def hexes(rng, count):
    """`count` random hexadecimal digits in lower case."""
    return text(rng, count, "0123456789abcdef")


def alnum(rng, count):
    """`count` random letters and digits."""
    return text(rng, count, string.ascii_letters + string.digits)


def birth(rng, first=1940, last=2006):
    """A random date of birth: year, month, day."""
    return rng.randrange(first, last + 1), rng.randrange(1, 13), rng.randrange(1, 29)


def until(make, accept):
    """The first made value that is accepted."""
    while True:
        value = make()
        if value is not None and accept(value):
            return value


def change_check(rng, value, alphabet="0123456789"):
    """`value` with its last digit or letter replaced by another of its kind."""
    at = max(i for i, c in enumerate(value) if c.isalnum())
    if not value[at].isdigit():
        alphabet = "ABCDEFGHJKLMNPQRSTVWXYZ"
    other = rng.choice([c for c in alphabet if c != value[at].upper()])
    return value[:at] + other + value[at + 1 :]
