"""Texts for people: what a screen would obey made visible, names that look alike, nearest names, values, lists."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

# --- what is written and what is seen --------------------------------------------------------------------------------

_KEPT = frozenset("\n\t\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}\N{SOFT HYPHEN}")  # spelling needs them
ABBREVIATION = 3  # letters: such a name of an actor is written in capitals
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")  # controls, marks of direction, halves of characters, private signs
_PLAIN = re.compile(r"[\n\t\x20-\x7e\xa0-\xac\xae-\u05ff]*")  # most texts: nothing to look up


def visible(text: str) -> str:
    """The text with every character that a terminal or a page would obey rather than show as its number.

    Escape sequences, carriage returns and marks that turn the direction of writing become ``[U+001B]`` and the like, so
    that a text can neither paint, erase or forge what stands around it nor look like another. Line ends and tabs stay.
    """
    if _PLAIN.fullmatch(text):
        return text
    return "".join(f"[U+{ord(c):04X}]" if is_unseen(c) else c for c in text)


def is_unseen(character: str) -> bool:
    """Whether a character is obeyed rather than shown."""
    return character not in _KEPT and unicodedata.category(character) in _UNSEEN


def composed(text: str) -> str:
    """The text in Unicode's composed form (NFC), in which one letter is one character: names are compared in it."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


# The letters of all scripts, roughly (the name characters of XML), as literal ranges: Python, Rust and JavaScript read
# these alike, in expressions, checks and the JSON Schema. `is_name` is exact.
_FIRST = (
    "A-Z_a-z\xaa\xb5\xba\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u2071-\u218f\u2c00-\u2fef"
    "\u3005-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_LATER = f"{_FIRST}0-9\xb7\u0300-\u036f"
NAME = f"[{_FIRST}][{_LATER}]*"
TEMPLATE = rf"(?:[{_FIRST}]|\{{{NAME}\}})(?:[{_LATER}]|\{{{NAME}\}})*"  # a name with `{member}` in it


def proper(name: str) -> str:
    """The name of an actor as a reader would write it: each word with a capital, an abbreviation all in capitals."""
    if len(name) <= ABBREVIATION and name.isascii():
        return name.upper()
    return " ".join(word[:1].upper() + word[1:] for word in name.split("_"))


def possessive(name: str) -> str:
    """The name of whose something is: Patron's, US's, Tenants'."""
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def is_name(text: str) -> bool:
    """Whether a text is a name that expressions can use: letters of any script, digits and ``_``, no digit first."""
    return text.isidentifier() and text == composed(text)


# Letters of other scripts that look like a Latin one (from Unicode's confusables, UTS 39, the commonest).
_LIKE_LATIN = str.maketrans(
    "аеорсухіјѕԁһԛԝАВЕКМНОРСТХУІЈЅҮοανικρτυχωΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhqwABEKMHOPCTXYIJSYoavikptuxwABEZHIKMNOPTYX",
)


def likeness(name: str) -> str:
    """What a name looks like: two names with one likeness can hardly be told apart by eye."""
    return unicodedata.normalize("NFKC", name).translate(_LIKE_LATIN)


def scripts_in(word: str) -> set[str]:
    """The scripts, of those with letters that look alike, in which the letters of a word are written."""
    named = {unicodedata.name(letter, "").split(" ")[0] for letter in word if letter.isalpha()}
    return named & {"LATIN", "CYRILLIC", "GREEK"}


# --- how messages name things ----------------------------------------------------------------------------------------


def likeliest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like this one, if any is."""
    names = list(known)
    alike = [other for other in names if other != name and likeness(other) == likeness(name)]
    return next(iter(alike or difflib.get_close_matches(name, names, n=1, cutoff=0.6)), None)


def nearest(name: str, known: Iterable[str]) -> str:
    """``Did you mean `x`?`` for the known name that is most like this one; empty where none is."""
    found = likeliest(name, known)
    if found is not None and likeness(found) == likeness(name):
        return f"Did you mean `{found}`? It looks the same and is written with other letters."
    return f"Did you mean `{found}`?" if found else ""


def describe(given: Any) -> str:
    """A value as it is named in messages."""
    if isinstance(given, Mapping) or hasattr(given, "model_fields_set"):
        return "a block of keys"
    if isinstance(given, list | tuple):
        return f"a list of {len(given)}"
    if given is None or given == "":
        return "nothing"
    return f"`{shortened(str(given).lower() if isinstance(given, bool) else str(given))}`"


def shortened(text: str, most: int = 60) -> str:
    """A text of at most ``most`` characters, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 3] + "..."


def listed(names: Iterable[str], most: int = 8) -> str:
    """``full, cut, none`` with the rest counted where there are many."""
    known = list(names)
    shown = ", ".join(known[:most])
    return f"{shown} and {len(known) - most} more" if len(known) > most else shown


def duration(seconds: float) -> str:
    """A time in words, as exact as an estimate can be: 40 s, 12 min, 3 h 20 min."""
    if seconds < 90.0:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60.0)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
