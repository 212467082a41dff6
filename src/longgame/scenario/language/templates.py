"""One text for many: ``{member}`` stands for each member of a family, ``sum(... for each member)`` goes over it.

    spelled("signed_{member} == yes", {"member": "usa"}, families)       -> signed_usa == yes
    spelled("sum(cost_{member} for each member)", {}, families)          -> (cost_usa + cost_china)
    spelled("max(cost_{other} for each other)", {"member": "usa"}, ...)  -> the others of the family that is bound
    spelled("2 of [{member}]", {}, families)                             -> 2 of [usa, china]

What comes out is a text of the language, to be parsed like any other. It remembers which character came from where, so
that a mistake is placed in the text as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from longgame.text import NAME, nearest

Families = Mapping[str, Sequence[str]]
"""Family -> its members."""

OTHER = "other"
"""Stands for each member of the family that is bound but the one that it is bound to."""
MOST_CHARACTERS = 100_000  # of a text with all its members written out

PLACEHOLDER = re.compile(rf"\{{({NAME})\}}")
_FOR_EACH = re.compile(rf"\bfor\s+each\s+({NAME})\s*")
_ITEM = re.compile(rf"(?<=[\[,])\s*\{{({NAME})\}}(?=\s*[\],])")
_CALLED = re.compile(rf"({NAME})\s*$")
_HOW = "Write `sum(... for each member)`."
_OPEN, _CLOSED = "\ufdd0", "\ufdd1"  # no characters of any text (Unicode's noncharacters)


# --- in a file: between braces YAML would take `signed_{member}` for a block ------------------------------------------


def sheltered(text: str) -> str:
    """The text with ``{name}`` kept from YAML, which has braces of its own; as long as before."""
    if _OPEN in text or _CLOSED in text:
        return text
    return PLACEHOLDER.sub(rf"{_OPEN}\1{_CLOSED}", text)


def restored(text: str) -> str:
    """What ``sheltered`` was made of."""
    return text.replace(_OPEN, "{").replace(_CLOSED, "}")


# --- in a text --------------------------------------------------------------------------------------------------------


class Spelled(str):
    """A text with its members written out.

    Attributes:
        written: as it stands in the file.
        back: the character of ``written`` from which each character comes.
        each: the member for which it was written out, ``member usa``; empty where ``written`` says it once.
    """

    written: str
    back: tuple[int, ...]
    each: tuple[str, ...]

    @classmethod
    def of(cls, written: str, pieces: Sequence[_Piece]) -> Spelled:
        """The text made of some pieces."""
        made = cls("".join(piece.text for piece in pieces))
        made.written = written
        made.back = tuple(
            piece.start + (index if piece.copied else 0) for piece in pieces for index in range(len(piece.text))
        )
        made.each = tuple(piece.each for piece in pieces for _ in piece.text)
        return made


def origin_of(text: str, index: int) -> int:
    """The character of the text as it was written from which a character comes."""
    if not isinstance(text, Spelled):
        return index
    return text.back[index] if index < len(text.back) else len(text.written)


def member_at(text: str, index: int) -> str:
    """The member for which a character was written out, ``member usa``; empty where it stands there itself."""
    return text.each[index] if isinstance(text, Spelled) and index < len(text.each) else ""


class TemplateError(ValueError):
    """A text that cannot be written out for the members of a family; ``start`` is its character at fault."""

    code = "for-each"

    def __init__(self, expected: str, found: str, start: int, fix: str = ""):
        super().__init__(f"expected {expected}, found {found}")
        self.expected, self.found, self.fix, self.start = expected, found, fix, start


@dataclass(frozen=True)
class _Piece:
    """Part of what is written out: from which character it comes, whether it is copied from there, for which member."""

    text: str
    start: int
    copied: bool = True
    each: str = ""


_Pieces = list[_Piece]


def free_in(text: str, families: Families, bound: Mapping[str, str]) -> list[str]:
    """The families whose placeholders stand in a text and have nothing in it to stand for, nor outside."""
    names = loose_in(text, families, bound)
    known = [name for name in names if name in families]
    return known + [OTHER] * (OTHER in names and OTHER not in known and bool(known or bound))


def loose_in(text: str, families: Families, bound: Mapping[str, str]) -> list[str]:
    """The placeholders of a text that are bound neither outside nor by its own ``for each``, nor are a list's items."""
    inside = {*bound, *_FOR_EACH.findall(text)}
    items = items_in(text, families, bound)
    found = [match[1] for match in PLACEHOLDER.finditer(text) if match.start() not in items]
    return [name for name in dict.fromkeys(found) if name not in inside]


def items_in(text: str, families: Families, bound: Mapping[str, str]) -> set[int]:
    """Where a placeholder is an item of a list in square brackets, alone, and so stands for all members, one by one."""
    inside = {*bound, *_FOR_EACH.findall(text)}
    known = {*families, *([OTHER] if bound else [])} - inside
    found = [match for match in _ITEM.finditer(text) if match[1] in known]
    return {match.start(1) - 1 for match in found if _bracket(text, match.start()) == "["}


def _bracket(text: str, place: int) -> str:
    """The bracket in which a character stands; empty where in none."""
    depth = 0
    for sign in reversed(text[:place]):
        depth += {")": 1, "]": 1, "(": -1, "[": -1}.get(sign, 0)
        if depth < 0:
            return sign
    return ""


def members_of(name: str, families: Families, bound: Mapping[str, str]) -> list[str]:
    """The members of a family; of ``other``, those of the family bound last but the one it is bound to."""
    if name != OTHER:
        return list(families[name])
    family = next(known for known in reversed(list(bound)) if known != OTHER)
    return [member for member in families[family] if member != bound[family]]


def spelled(text: str, bound: Mapping[str, str], families: Families) -> str:
    """The text with each placeholder that is bound and each ``for each`` written out; itself where there are none.

    Raises:
        TemplateError: ``for each`` stands outside of a sum, or names no family.
    """
    if "{" not in text and not _FOR_EACH.search(text):
        return text
    pieces = _Text(text, families).pieces(0, len(text), bound)
    made = Spelled.of(text, pieces)
    return text if made == text else made


class _Text:
    """A text that is being written out."""

    def __init__(self, text: str, families: Families):
        self.text, self.families, self.size = text, families, 0

    def pieces(self, start: int, end: int, bound: Mapping[str, str]) -> _Pieces:
        """Part of the text with everything in it written out."""
        calls = [(self.opened(match.start()), match) for match in _FOR_EACH.finditer(self.text, start, end)]
        if not calls:
            return self.bound(start, end, bound)
        opened, _ = min(calls, key=lambda call: call[0])
        match = [match for place, match in calls if place == opened][-1]
        called = _CALLED.search(self.text, start, opened)
        if called is None or called[1] not in _JOINED:
            found = f"`{called[1]}(... for each {match[1]})`" if called else "brackets alone"
            known = ", ".join(_JOINED)
            fix = nearest(called[1], _JOINED) if called else ""
            raise TemplateError(f"one of {known} before the bracket", found, called.start() if called else opened, fix)
        if self.text[match.end() : match.end() + 1] != ")":
            raise TemplateError("a closing bracket after it", f"`{match[0].strip()}` alone", match.start(), _HOW)
        members = self.members(match, bound)
        parts: list[_Pieces] = []
        for member in members:
            part = self.pieces(opened + 1, match.start(), {**bound, match[1]: member})
            parts.append([_for(piece, match[1], member) for piece in part])
        self.count(sum(len(piece.text) for part in parts for piece in part), match.start())
        closed = match.end() + 1
        return [
            *self.bound(start, called.start(), bound),
            *_JOINED[called[1]](list(map(_trimmed, parts)), called.start()),
            *self.pieces(closed, end, bound),
        ]

    def opened(self, place: int) -> int:
        """The bracket in which a character stands."""
        depth = 0
        for index in range(place - 1, -1, -1):
            depth += {")": 1, "(": -1}.get(self.text[index], 0)
            if depth < 0:
                return index
        raise TemplateError("`for each` in brackets", "none before it", place, _HOW)

    def members(self, match: re.Match[str], bound: Mapping[str, str]) -> list[str]:
        name = match[1]
        if name in bound:
            fix = f"It stands for one member here; `for each {OTHER}` goes over the others."
            raise TemplateError("another family", f"`{name}` again", match.start(1), fix)
        if name not in self.families and not (name == OTHER and bound):
            fix = nearest(name, self.families) or "Name it under `families`."
            raise TemplateError("a family", f"`{name}`", match.start(1), fix)
        members = members_of(name, self.families, bound)
        if not members:
            raise TemplateError("a family of two or more", f"no {OTHER} member", match.start(1))
        return members

    def count(self, characters: int, place: int) -> None:
        self.size += characters
        if self.size > MOST_CHARACTERS:
            expected = f"a text of at most {MOST_CHARACTERS:,} characters with all members written out"
            raise TemplateError(expected, "a longer one", place, "Name parts of it under `definitions`.")

    def bound(self, start: int, end: int, bound: Mapping[str, str]) -> _Pieces:
        """Part of the text with the placeholders that are bound filled in."""
        made: _Pieces = []
        items = items_in(self.text, self.families, bound)
        for match in PLACEHOLDER.finditer(self.text, start, end):
            if match[1] in bound or match.start() in items:
                members = [bound[match[1]]] if match[1] in bound else members_of(match[1], self.families, bound)
                if not members:
                    raise TemplateError("a family of two or more", f"no {OTHER} member", match.start(1))
                filled = _Piece(", ".join(members), match.start(), False)
                made += [_Piece(self.text[start : match.start()], start), filled]
                start = match.end()
        return [*made, _Piece(self.text[start:end], start)]


def _for(part: _Piece, family: str, member: str) -> _Piece:
    """A part that is written out for a member of a family, beside those it is written out for already."""
    return replace(part, each=", ".join(filter(None, (f"{family} {member}", part.each))))


def _trimmed(part: _Pieces) -> _Pieces:
    """A part without the space before `for each`."""
    last = part[-1]
    return [*part[:-1], replace(last, text=last.text.rstrip())]


def _between(sign: str) -> Callable[[list[_Pieces], int], _Pieces]:
    """Parts joined by a sign, each in brackets, by halves: so that a long sum stays shallow."""

    def joined(parts: list[_Pieces], start: int) -> _Pieces:
        if len(parts) == 1:
            return [_Piece("(", start, False), *parts[0], _Piece(")", start, False)]
        middle = (len(parts) + 1) // 2
        halves = joined(parts[:middle], start), joined(parts[middle:], start)
        sides = (*halves[0], _Piece(f" {sign} ", start, False), *halves[1])
        return [_Piece("(", start, False), *sides, _Piece(")", start, False)]

    return joined


def _counted(parts: list[_Pieces], start: int) -> _Pieces:
    """How many of the parts are true."""
    before, after = _Piece("1 if ", start, False), _Piece(" else 0", start, False)
    return _between("+")([[before, *part, after] for part in parts], start)


def _called(name: str) -> Callable[[list[_Pieces], int], _Pieces]:
    """The parts as arguments of a function of two or more."""

    def joined(parts: list[_Pieces], start: int) -> _Pieces:
        if len(parts) == 1:
            return _between(",")(parts, start)
        commas = [[_Piece(", ", start, False), *part] for part in parts[1:]]
        sides = [*parts[0], *(piece for part in commas for piece in part)]
        return [_Piece(f"{name}(", start, False), *sides, _Piece(")", start, False)]

    return joined


_JOINED: Mapping[str, Callable[[list[_Pieces], int], _Pieces]] = {
    "sum": _between("+"),
    "count": _counted,
    "all": _between("and"),
    "any": _between("or"),
    "min": _called("min"),
    "max": _called("max"),
}
"""What goes over a family -> how its parts are put together."""
