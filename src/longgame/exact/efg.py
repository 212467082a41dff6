"""Gambit's .efg files: text -> ExtensiveGame. (The way back is in ``efg_write``.)

The format (version 2; Gambit's documentation, "Game representation formats") lists the nodes of the tree in prefix
order, one entry each, after a header:

    EFG 2 R "title" { "player" ... } "comment"
    c "label" NUMBER ["information set" { "action" probability ... }] OUTCOME     a chance move
    p "label" PLAYER NUMBER ["information set" { "action" ... }] OUTCOME          a player's move
    t "label" OUTCOME                                                             the end of a play

OUTCOME is ``0`` for none, or a number followed at least once in the file by ``"name" { payoff, ... }``. An information
set names its actions where it first appears. Numbers are integers, decimals or fractions; line breaks and commas mean
nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from longgame.errors import Place, Problem, ScenarioError
from longgame.exact.extensive import CHANCE, ExtensiveGame, Listed, check_perfect_recall

_TOKEN = re.compile(
    r'(?P<text>"(?:[^"\\]|\\.)*+")'
    r"|(?P<number>[-+]?(?:\d++(?:/\d++|(?:\.\d*+)?(?:[eE][-+]?\d++)?)|\.\d++(?:[eE][-+]?\d++)?)(?![\w.]))"
    r"|(?P<mark>[{},])"
    r'|(?P<word>[^\s{},"]++)'
    r'|(?P<broken>")',
    re.DOTALL,
)
_MOST_PROBLEMS = 50
_SUM_TOLERANCE = 1e-9


class _Token(NamedTuple):
    kind: str
    text: str
    start: int


class _Broken(Exception):
    """The entry being read cannot be understood; its problem has been noted."""


@dataclass
class _InfoSet:
    owner: int
    number: int
    label: str
    actions: tuple[str, ...]
    probabilities: tuple[float, ...] = ()


@dataclass
class _Listing:
    """The file as read: the nodes in prefix order, and what they refer to."""

    title: str = ""
    comment: str = ""
    players: tuple[str, ...] = ()
    infosets: list[_InfoSet] = field(default_factory=list)
    infoset_index: dict[tuple[int, int], int] = field(default_factory=dict)
    outcomes: dict[int, tuple[float, ...]] = field(default_factory=dict)
    nodes: list[tuple[int, int]] = field(default_factory=list)  # (information set or -1, outcome)
    starts: list[int] = field(default_factory=list)  # where each node's entry starts in the text


def read_efg(path: str | Path) -> ExtensiveGame:
    """Read a Gambit extensive game from a file. Raises ScenarioError with all problems found, by line and column."""
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        found = f"none that can be read ({error.strerror or error})"
        raise ScenarioError([Problem("no-file", Place(file=str(path)), "a Gambit .efg file", found)]) from None
    except UnicodeDecodeError:
        found = "bytes that are not text in UTF-8"
        raise ScenarioError([Problem("not-text", Place(file=str(path)), "a Gambit .efg file", found)]) from None
    return parse_efg(text, file=str(path))


def parse_efg(text: str, file: str | None = None) -> ExtensiveGame:
    """Read a Gambit extensive game from its text. Raises ScenarioError with all problems found, by line and column."""
    reader = _Reader(text, file)
    listing = reader.read()
    if reader.problems:
        raise ScenarioError(reader.problems)
    game = _plant(listing, reader)
    check_perfect_recall(game)
    return game


class _Reader:
    """Reads the entries one after another; notes every problem and goes on at the next entry."""

    def __init__(self, text: str, file: str | None):
        self.text = text
        self.file = file
        self.problems: list[Problem] = []
        self.tokens: Iterator[re.Match[str]] = _TOKEN.finditer(text)
        self.token = _Token("start", "", 0)
        self.listing = _Listing()
        self.advance()

    def advance(self) -> _Token:
        """Step to the next token; returns the one just left."""
        left = self.token
        match = next(self.tokens, None)
        if match is None:
            self.token = _Token("end", "", len(self.text))
        else:
            self.token = _Token(match.lastgroup or "", match.group(), match.start())
        return left

    def place(self, start: int) -> Place:
        line = self.text.count("\n", 0, start) + 1
        column = start - (self.text.rfind("\n", 0, start) + 1) + 1
        return Place(path="efg", file=self.file, line=line, column=column)

    def note(self, code: str, start: int, expected: str, found: str, fix: str = "") -> None:
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(Problem(code, self.place(start), expected, found, fix))

    def fail(self, expected: str) -> _Broken:
        self.note("efg-syntax", self.token.start, expected, self.found())
        return _Broken()

    def found(self) -> str:
        if self.token.kind == "end":
            return "the end of the file"
        if self.token.kind == "broken":
            return "a quoted text without its closing quote"
        text = self.token.text if len(self.token.text) <= 40 else self.token.text[:37] + "..."
        return text if self.token.kind == "text" else f"'{text}'"

    # --- the parts of an entry ---------------------------------------------------------------------------------------

    def mark(self, mark: str, what: str) -> None:
        if self.token.text != mark or self.token.kind != "mark":
            raise self.fail(f"'{mark}' {what}")
        self.advance()

    def quoted(self, what: str) -> str:
        if self.token.kind != "text":
            raise self.fail(f"{what} in quotes")
        return self.advance().text[1:-1].replace('\\"', '"')

    def integer(self, what: str) -> int:
        token = self.token
        if token.kind != "number" or not token.text.lstrip("+").isdigit() or len(token.text) > 10:
            raise self.fail(f"{what}, a whole number")
        self.advance()
        return int(token.text)

    def number(self, what: str) -> float:
        token = self.token
        if token.kind != "number":
            raise self.fail(f"{what}, a number")
        self.advance()
        top, _, bottom = token.text.partition("/")
        divisor = float(bottom) if bottom else 1.0
        value = float(top) / divisor if divisor else math.inf
        if not math.isfinite(value):
            self.note("not-finite", token.start, f"{what}, a finite number", f"'{token.text[:40]}'")
            return 0.0
        return value

    def quoted_list(self, what: str) -> tuple[str, ...]:
        self.mark("{", f"before the {what}s")
        names = []
        while self.token.kind == "text":
            names.append(self.quoted(what))
        self.mark("}", f"after the {what}s")
        return tuple(names)

    # --- the file ----------------------------------------------------------------------------------------------------

    def read(self) -> _Listing:
        try:
            self.header()
        except _Broken:
            return self.listing
        while self.token.kind != "end" and len(self.problems) < _MOST_PROBLEMS:
            start = self.token.start
            try:
                self.entry(start)
            except _Broken:
                self.listing.nodes.clear()  # the shape of the tree is lost; what follows is read for its own problems
                while self.token.kind != "end" and not self.at_entry():
                    self.advance()
        return self.listing

    def at_entry(self) -> bool:
        return self.token.kind == "word" and self.token.text in ("c", "p", "t")

    def header(self) -> None:
        for word, meaning in (("EFG", "'EFG' (a Gambit extensive game)"), ("2", "'2' (the version of the format)")):
            if self.token.text != word:
                raise self.fail(meaning)
            self.advance()
        if self.token.text not in ("R", "D"):
            raise self.fail("'R' (or 'D'), the kind of numbers")
        self.advance()
        self.listing.title = self.quoted("the title of the game")
        start = self.token.start
        self.listing.players = self.quoted_list("player")
        if not self.listing.players:
            self.note("efg-players", start, "at least one player", "none")
        if self.token.kind == "text":
            self.listing.comment = self.quoted("a comment")

    def entry(self, start: int) -> None:
        if not self.at_entry():
            raise self.fail("a node: 'c' (chance), 'p' (player) or 't' (end of a play)")
        kind = self.advance().text
        self.quoted("the label of the node")
        infoset = -1 if kind == "t" else self.infoset(kind, start)
        outcome = self.outcome()
        self.listing.nodes.append((infoset, outcome))
        self.listing.starts.append(start)

    def infoset(self, kind: str, start: int) -> int:
        owner = CHANCE
        if kind == "p":
            place = self.token.start
            owner = self.integer("the number of the player") - 1
            if not 0 <= owner < len(self.listing.players):
                expected = f"a player from 1 to {len(self.listing.players)}"
                self.note("efg-player", place, expected, f"player {owner + 1}")
                owner = 0
        number = self.integer("the number of the information set")
        known = self.listing.infoset_index.get((owner, number))
        if self.token.kind == "text":
            label = self.quoted("the name of the information set")
            new = self.actions(kind, _InfoSet(owner, number, label, ()), start)
            if known is None:
                known = len(self.listing.infosets)
                self.listing.infosets.append(new)
                self.listing.infoset_index[owner, number] = known
            else:
                self.compare(self.listing.infosets[known], new, start)
        elif known is None:
            expected = f"the actions of information set {number}, which appears here for the first time"
            raise self.fail(expected)
        return known

    def actions(self, kind: str, infoset: _InfoSet, start: int) -> _InfoSet:
        if kind == "p":
            infoset.actions = self.quoted_list("action")
        else:
            names, probabilities = [], []
            self.mark("{", "before the actions")
            while self.token.kind == "text":
                names.append(self.quoted("action"))
                probabilities.append(self.number("the probability of the action"))
            self.mark("}", "after the actions")
            infoset.actions, infoset.probabilities = tuple(names), tuple(probabilities)
            if names and (min(probabilities) < 0 or abs(math.fsum(probabilities) - 1) > _SUM_TOLERANCE):
                found = f"a sum of {math.fsum(probabilities):.12g}, the least {min(probabilities):.12g}"
                self.note("not-a-probability", start, "probabilities from 0 that sum to 1", found)
        if not infoset.actions:
            self.note("efg-actions", start, "at least one action", "none")
        return infoset

    def compare(self, known: _InfoSet, again: _InfoSet, start: int) -> None:
        if len(known.actions) != len(again.actions):
            expected = f"the {len(known.actions)} actions that information set {known.number} had before"
            self.note("efg-actions", start, expected, f"{len(again.actions)}")

    def outcome(self) -> int:
        start = self.token.start
        number = self.integer("the number of the outcome (0 for none)")
        if self.token.kind == "text":
            self.quoted("the name of the outcome")
            self.mark("{", "before the payoffs")
            payoffs = []
            while self.token.kind == "number":
                payoffs.append(self.number("a payoff"))
                if self.token.text == "," and self.token.kind == "mark":
                    self.advance()
            self.mark("}", "after the payoffs")
            if len(payoffs) != len(self.listing.players):
                expected = f"{len(self.listing.players)} payoffs, one for each player"
                self.note("efg-payoffs", start, expected, f"{len(payoffs)}")
            self.listing.outcomes[number] = tuple(payoffs)
        elif number != 0 and number not in self.listing.outcomes:
            self.note("efg-outcome", start, "an outcome that has been defined above", f"outcome {number}")
        return number


def _plant(listing: _Listing, reader: _Reader) -> ExtensiveGame:
    """The tree of a sound listing, from its prefix order."""
    arity = [len(infoset.actions) for infoset in listing.infosets]
    parent, move, chance = [], [], []
    open_nodes: list[list[int]] = []  # [node, actions already followed]
    for node, (infoset, _) in enumerate(listing.nodes):
        if node and not open_nodes:
            expected = "the end of the file: the tree is complete"
            reader.note("efg-nodes", listing.starts[node], expected, "a further node")
            raise ScenarioError(reader.problems)
        if open_nodes:
            above, action = open_nodes[-1]
            open_nodes[-1][1] += 1
            above_set = listing.infosets[listing.nodes[above][0]]
            parent.append(above)
            move.append(action)
            chance.append(above_set.probabilities[action] if above_set.owner == CHANCE else 1.0)
            if action + 1 == len(above_set.actions):
                open_nodes.pop()
        else:
            parent.append(-1)
            move.append(-1)
            chance.append(1.0)
        if infoset >= 0:
            open_nodes.append([node, 0])
    if open_nodes or not listing.nodes:
        missing = sum(arity[listing.nodes[node][0]] - followed for node, followed in open_nodes) or 1
        expected = f"{missing} more node(s) to complete the tree"
        reader.note("efg-nodes", len(reader.text), expected, "the end of the file")
        raise ScenarioError(reader.problems)
    nothing = (0.0,) * len(listing.players)
    return Listed(
        title=listing.title,
        comment=listing.comment,
        players=listing.players,
        parent=parent,
        move=move,
        infoset=[infoset for infoset, _ in listing.nodes],
        pay=[listing.outcomes.get(outcome, nothing) for _, outcome in listing.nodes],
        chance=chance,
        owner=[infoset.owner for infoset in listing.infosets],
        actions=[infoset.actions for infoset in listing.infosets],
        labels=[infoset.label for infoset in listing.infosets],
        numbers=[infoset.number for infoset in listing.infosets],
    ).arranged()
