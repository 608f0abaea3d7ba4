#!/usr/bin/env python3
"""Writes the labelled corpus that the detectors are graded on.

    python3 testsuite/corpus/generate.py            write the corpus again
    python3 testsuite/corpus/generate.py --check    fail if the files differ from what would be written
    python3 testsuite/corpus/generate.py --verify   hold the values against python-stdnum, which must be installed

The standard library alone is used, but for `--verify`. The same seed gives the same
bytes; each type has a generator of its own, so that a new type moves no other.
`README.md` says what the labels mean.
"""

import importlib
import json
import pathlib
import random
import sys
from collections import Counter

from make import frames, hard, keys, labels, mixed, plan
from make.sentence import Sentence, fill

SEED = "ascp corpus 1"
HERE = pathlib.Path(__file__).parent
# How many of each lookalike; with the near misses of every type they outnumber the positives.
LOOKALIKES = {"shapes": 1650, "columns": 110, "secret_lookalikes": 640, "password_code": 90, "dates": 150, "words": 620}


def stream(name):
    """The random generator of one part of the corpus."""
    return random.Random(f"{SEED}/{name}")


def frame_for(rng, language):
    """A frame with a label: mostly a sentence, else a record."""
    return rng.choice(frames.RECORDS) if rng.random() < 0.3 else rng.choice(frames.PROSE[language])


def languages(kind):
    """The languages in which a type has labels, its own before English."""
    own = [l for l in kind.labels if l != "en"]
    return own * 2 + ["en"] * (len(own) + 1) if "en" in kind.labels else own


def positives(kind):
    """Sentences that hold one value of a type."""
    rng = stream(kind.detector)
    for _ in range(kind.count):
        if kind.bare and rng.random() < kind.bare_share:
            yield fill(rng, rng.choice(frames.BARE), kind.detector, kind.bare(rng))
            continue
        language = rng.choice(languages(kind))
        label = rng.choice(kind.labels[language])
        yield fill(rng, frame_for(rng, language), kind.detector, kind.make(rng, language), label)
    if kind.detector == "pii.us_ssn":
        for separator in ["", " ", "-"] * 6:
            value = separator.join(plan.world.us_ssn_digits(rng))
            yield fill(rng, frame_for(rng, "en"), kind.detector, value, rng.choice(kind.labels["en"]))


def near_misses(kind):
    """Values of a type's shape whose check fails, and its shape where another thing is meant."""
    rng = stream(kind.detector + " wrong")
    for _ in range(kind.wrong_count if kind.wrong else 0):
        language = rng.choice(languages(kind))
        label = kind.labels[language][0] if kind.detector == "pii.iban" else rng.choice(kind.labels[language])
        yield fill(rng, frame_for(rng, language), None, kind.wrong(rng), label)
    for _ in range(kind.wrong_count // 2 if kind.other else 0):
        yield fill(rng, rng.choice(frames.OTHER), None, kind.other(rng))


def secrets():
    """Sentences around secrets, twelve of each issuer's."""
    for name, make in keys.SHAPES.items():
        rng = stream("secrets." + name)
        variable = (name.rsplit("_", 1)[0] if name.endswith(("_key", "_token")) else name).upper() + "_KEY"
        for _ in range(12):
            yield name, fill(rng, rng.choice(frames.SECRET), "secrets." + keys.DETECTORS.get(name, name), make(rng), secret=variable)
    rng = stream("secrets.private_key")
    for _ in range(24):
        yield "private_key", fill(rng, rng.choice(["my key is\n{V}\nis it valid?", "{{\"private_key\": \"{V}\"}}", "{V}", "tls.key: |\n{V}\n",
                                                   "cat id_rsa\n{V}\n$ ssh-add"]), "secrets.private_key", keys.private_key(rng))
    yield from labelled_secrets()


def labelled_secrets():
    """Secrets that only what stands before them makes secrets."""
    rng = stream("secrets in assignments")
    for _ in range(34):
        frame = rng.choice(["aws_secret_access_key = {V}", "AWS_SECRET_ACCESS_KEY={V}", "{{\"secretAccessKey\": \"{V}\"}}", "export AWS_SECRET_ACCESS_KEY=\"{V}\"",
                            "AWS secret access key: {V}"])
        yield "aws_secret_key", fill(rng, frame, "secrets.aws_secret_key", keys.aws_secret(rng))
    for _ in range(40):
        frame = rng.choice(["DATABASE_URL={V}", "url: {V}", "why does {V} time out?", "engine = create_engine(\"{V}\")", "{{\"dsn\": \"{V}\"}}"])
        yield "connection_string", fill(rng, frame, "secrets.connection_string", keys.connection(rng))
    for _ in range(70):
        label = rng.choice(labels.PASSWORDS)
        frame = rng.choice([label + ": {V}", label + " = \"{V}\"", label + "={V}", "{{\"" + label + "\": \"{V}\"}}", "user: admin\n" + label + ": {V}\n",
                            "my " + label + ": {V} does not work since {day}", label + " = '{V}'"])
        yield "password_assignment", fill(rng, frame, "secrets.password_assignment", keys.password(rng))


def parts():
    """The corpus: file, kind, name, and sentence of each entry, in order."""
    for kind in plan.TYPES:
        for sentence in positives(kind):
            yield kind.topic, "positive", kind.detector, sentence
    for name, sentence in secrets():
        yield "secrets", "positive", "secrets." + name, sentence
    for name, count in [("records", 420), ("cards", 110), ("accounts", 80), ("people", 40)]:
        for sentence in getattr(mixed, name)(stream(name), count):
            yield "mixed", "positive", name, sentence
    for kind in plan.TYPES:
        for sentence in near_misses(kind):
            yield "near_misses", "hard_negative", kind.detector, sentence
    for name, count in LOOKALIKES.items():
        for sentence in getattr(hard, name)(stream(name), count):
            yield "lookalikes", "hard_negative", name, sentence
    for sentence in hard.plain(stream("plain"), 420):
        yield "plain", "plain", "plain", sentence


def files():
    """The text of each file, and how many entries of each kind and detector there are."""
    texts, numbers, counts, seen = {}, Counter(), Counter(), set()
    for topic, kind, name, sentence in parts():
        assert isinstance(sentence, Sentence)
        if sentence.text in seen:
            continue
        seen.add(sentence.text)
        numbers[topic, name] += 1
        entry = {"id": f"{topic}/{name}/{numbers[topic, name]:03}", "text": sentence.text, "spans": sentence.spans, "kind": kind}
        texts.setdefault(f"{topic}.jsonl", []).append(json.dumps(entry, ensure_ascii=False) + "\n")
        counts[kind] += 1
        for span in sentence.spans:
            counts[span["detector"]] += 1
    return {name: "".join(lines) for name, lines in texts.items()}, counts


def knows(module, value):
    """Whether a module of python-stdnum accepts a value, as it stands or with its separators removed."""
    if module.__name__ == "stdnum.us.itin" and 50 <= int(value[4:6]) <= 65:
        return True  # groups that the issuer added later
    if module.__name__ == "stdnum.iban":
        return module.is_valid(value, check_country=False)
    return module.is_valid(value) or module.is_valid("".join(c for c in value if c not in " .-/"))


def verify():
    """Holds the values of each type that python-stdnum knows against its verdict."""
    failures, checked = 0, 0
    for kind in plan.TYPES:
        if not kind.oracle:
            continue
        module = importlib.import_module("stdnum." + kind.oracle)
        rng = stream(kind.detector + " verify")
        language = next(iter(kind.labels))
        for number in range(600):
            value = kind.make(rng, language)
            checked += 1
            if not knows(module, value):
                failures += 1
                print(f"{kind.detector}: {value} should be valid") if failures < 40 else None
            if kind.wrong and number < 300:
                value = kind.wrong(rng)
                checked += 1
                if knows(module, value):
                    failures += 1
                    print(f"{kind.detector}: {value} should not be valid") if failures < 40 else None
    print(f"{checked} values compared, {failures} verdicts differ")
    return failures == 0


def main(arguments):
    """Writes, checks or verifies, as the arguments say."""
    if arguments == ["--verify"]:
        return 0 if verify() else 1
    texts, counts = files()
    if arguments == ["--check"]:
        stale = [n for n, t in texts.items() if not (HERE / n).is_file() or (HERE / n).read_text(encoding="utf-8") != t]
        print("\n".join(f"{name} is stale: run generate.py" for name in stale) or "the corpus is as it would be written")
        return 1 if stale else 0
    if arguments:
        print(__doc__)
        return 2
    for name, content in texts.items():
        (HERE / name).write_text(content, encoding="utf-8", newline="\n")
    for name, count in sorted(counts.items()):
        print(f"{count:6} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
