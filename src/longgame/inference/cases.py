"""What the rows of a file say of a game: covariates, and which plays were seen how often.

Letters: R rows that are used, U cases (rows that differ in no covariate share one), Q lines (what was seen of the plays
of a row), Z kinds of plays; K coefficients, V assumptions with a formula.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from longgame.errors import Place, Problem, ScenarioError, in_file_order
from longgame.game.duals import Dual, slope_of, value_of
from longgame.game.functions import evaluate
from longgame.game.symbols import Symbols
from longgame.inference.likelihood import Seen
from longgame.scenario.case_file import MISSING, CaseFile, number
from longgame.scenario.estimate import CONST, Told
from longgame.scenario.evidence import Evidence
from longgame.scenario.expand import steps_of
from longgame.scenario.expand.told import seen_in, words_of
from longgame.scenario.formulas import Expression
from longgame.scenario.language.trees import Binary, Name, Node, names_in, walk
from longgame.scenario.model import Scenario
from longgame.scenario.places import Path
from longgame.scenario.regression import coefficients_of, regressions
from longgame.text import composed, listed, nearest

MOST_SHOWN = 20  # problems of one file


@dataclass(frozen=True, eq=False)
class Kind:
    """One way in which a play was seen to go: what it is called, and what was seen."""

    name: str
    seen: Seen


class Lines(NamedTuple):
    """What was seen of plays: the row [Q], the kind of play [Q] and how many there were [Q]."""

    row: np.ndarray
    kind: np.ndarray
    number: np.ndarray


@dataclass(frozen=True, eq=False)
class CaseData:
    """The rows of a file, bound to a scenario.

    formulas  [V] the trees of the formulas, over columns and coefficients
    row       [R] positions of the rows that are used in the file; left_out: column -> rows without a value there
    case      [R] the case of each row; columns: by name [U]
    line_row  [Q] the row (of the R) of each line, line_kind [Q] how its plays went, line_count [Q] how many they are
    weight    [R] what a row counts for
    cluster   [R] numbers of clusters; None without
    """

    scenario: Scenario
    file: CaseFile
    formulas: tuple[Node, ...]
    row: np.ndarray
    left_out: Mapping[str, int]
    case: np.ndarray
    columns: Mapping[str, np.ndarray]
    kinds: tuple[Kind, ...]
    line_row: np.ndarray
    line_kind: np.ndarray
    line_count: np.ndarray
    weight: np.ndarray
    cluster: np.ndarray | None

    @property
    def cases(self) -> int:
        """U."""
        return 1 + int(self.case.max(initial=-1))

    @property
    def plays(self) -> float:
        """How many plays were seen."""
        return float(self.line_count.sum())

    @classmethod
    def of(cls, scenario: Scenario, file: CaseFile) -> CaseData:
        """Bind a file to the block ``estimate`` of a scenario that was checked. Raises ScenarioError."""
        return _Binder(scenario, file).bind()


class Predictors:
    """The assumptions in every case as functions of the coefficients."""

    def __init__(self, data: CaseData, assumptions: Sequence[str], base: np.ndarray):
        estimate = data.scenario.estimate
        assert estimate is not None
        self.coefficients = coefficients_of(estimate)
        self.estimated = [assumptions.index(each.assumption) for each in regressions(estimate)]
        self._data, self._base = data, base

    def __call__(self, beta: np.ndarray, columns: Mapping[str, np.ndarray] | None = None) -> tuple[np.ndarray, ...]:
        """theta [U, P], and the derivatives [U, V, K] of the assumptions with a formula, at coefficients [K].

        ``columns`` [U] stand for those of the data, if given.
        """
        columns = self._data.columns if columns is None else columns
        cases, K = len(next(iter(columns.values()))), len(beta)
        along = np.eye(K)
        env = {name: Dual(np.float64(beta[k]), along[k][:, None]) for k, name in enumerate(self.coefficients)}
        theta = np.tile(self._base, (cases, 1))
        slope = np.zeros((cases, len(self.estimated), K))
        for v, (p, tree) in enumerate(zip(self.estimated, self._data.formulas, strict=True)):
            found = evaluate(tree, {**columns, **env})
            theta[:, p] = value_of(found)
            slope[:, v] = np.broadcast_to(slope_of(found, K), (K, cases)).T
        return theta, slope


class _Binder:
    """Binds the rows of a file, and notes what does not fit."""

    def __init__(self, scenario: Scenario, file: CaseFile):
        assert scenario.estimate is not None
        self.scenario, self.file, self.estimate = scenario, file, scenario.estimate
        self.steps = steps_of(scenario)
        self.problems: list[Problem] = []

    def bind(self) -> CaseData:
        """The data, once everything fits."""
        estimate, base = self.estimate, ("estimate",)
        formulas = [
            self.bound(each.tree, (*base, "formulas", each.assumption), estimate.formulas[each.assumption])
            for each in regressions(estimate)
        ]
        count = self.bound_at(estimate.count, (*base, "count"))
        weight = self.bound_at(estimate.weight, (*base, "weight"))
        counts = [self.bound_at(plays.count, (*base, "plays", i, "count")) for i, plays in enumerate(estimate.plays)]
        when = [self.bound_at(told.when, (*base, "evidence", i, "when")) for i, told in enumerate(estimate.evidence)]
        named = [(told.column, (*base, "evidence", i, "column")) for i, told in enumerate(estimate.evidence)]
        named += [] if estimate.clusters is None else [(estimate.clusters, (*base, "clusters"))]
        for column, path in named:
            if column not in self.file.columns:
                self.problems.append(self.file.unknown(column, self.scenario.place(path)))
        self.stop()
        trees = [tree for tree in (*formulas, count, weight, *counts, *when) if tree is not None]
        used = {name.id for tree in trees for name in names_in(tree)} & set(self.file.names)
        cells = {name: column_of(self.file, name) for name in sorted(used)}
        left_out = {name: int(np.isnan(x).sum()) for name, x in cells.items()}
        keep = ~np.any([np.isnan(x) for x in cells.values()], axis=0) if cells else np.ones(len(self.file), dtype=bool)
        active = [np.broadcast_to(np.True_ if t is None else evaluate(t, cells) != 0, keep.shape) & keep for t in when]
        for told, rows in zip(estimate.evidence, active, strict=True):
            missing = np.array([cell in MISSING for cell in self.file.columns[told.column]]) & rows
            left_out[told.column] = left_out.get(told.column, 0) + int(missing.sum())
            keep &= ~missing
        if estimate.clusters is not None:
            missing = np.array([cell in MISSING for cell in self.file.columns[estimate.clusters]])
            left_out[estimate.clusters] = int(missing.sum())
            keep &= ~missing
        rows = np.flatnonzero(keep)
        if not len(rows):
            found = "none: each has an empty cell in one of them"
            place = Place(file=self.file.file)
            self.problems.append(Problem("no-rows", place, "a row with values in all columns that are used", found))
        self.stop()
        named_in = {name.id for tree in formulas if tree is not None for name in names_in(tree)}
        covariates = sorted(named_in & cells.keys())
        table = np.stack([cells[name][rows] for name in covariates], axis=1) if covariates else np.zeros((len(rows), 1))
        unique, case = np.unique(table, axis=0, return_inverse=True)
        now = {name: x[rows] for name, x in cells.items()}

        def values(tree: Node | None, what: str) -> np.ndarray:
            found = np.broadcast_to(1.0 if tree is None else evaluate(tree, now), (len(rows),)).astype(float)
            for row in np.flatnonzero(~(found >= 0.0) | ~np.isfinite(found))[:MOST_SHOWN]:
                place = Place(what, self.file.file, self.file.lines[int(rows[row])], 1)
                self.problems.append(Problem("bad-count", place, f"a {what} of 0 or more", f"{found[row]:g}"))
            return found

        if estimate.plays:
            kinds, lines = self.counted([values(tree, "count") for tree in counts])
        else:
            kinds, lines = self.told(rows, [on[rows] for on in active], values(count, "count"))
        weights = values(weight, "weight")
        if not self.problems and not float((weights[lines.row] * lines.number).sum()) > 0.0:
            place = Place(file=self.file.file)
            self.problems.append(Problem("no-plays", place, "a play that counts", "none: all counts or weights are 0"))
        self.stop()
        own = {name: unique[:, i] for i, name in enumerate(covariates)} or {CONST: np.ones(len(unique))}
        cluster = None
        if estimate.clusters is not None:
            words = np.array(self.file.columns[estimate.clusters])[rows]
            cluster = np.unique(words, return_inverse=True)[1].ravel()
        return CaseData(
            self.scenario,
            self.file,
            tuple(tree for tree in formulas if tree is not None),
            rows,
            {name: n for name, n in left_out.items() if n},
            case.ravel(),
            own | {CONST: np.ones(len(unique))},
            kinds,
            lines.row,
            lines.kind,
            lines.number,
            weights,
            cluster,
        )

    def stop(self) -> None:
        """Raise what was noted so far."""
        if self.problems:
            raise ScenarioError(in_file_order(self.problems)[:MOST_SHOWN])

    # --- plays --------------------------------------------------------------------------------------------------------

    def counted(self, counts: Sequence[np.ndarray]) -> tuple[tuple[Kind, ...], Lines]:
        """The kinds of plays that rows count, and their lines."""
        kinds = []
        for i, plays in enumerate(self.estimate.plays):
            kinds.append(self.kind(plays.says, plays.evidence, ("estimate", "plays", i)))
        rows = np.arange(len(counts[0]))
        row, kind = np.tile(rows, len(kinds)), np.repeat(np.arange(len(kinds)), len(rows))
        count = np.concatenate(counts)
        some = count > 0.0
        return tuple(kinds), Lines(row[some], kind[some], count[some])

    def told(self, rows: np.ndarray, active: Sequence[np.ndarray], count: np.ndarray) -> tuple[tuple[Kind, ...], Lines]:
        """The kinds of plays that the columns tell of, and a line for each row."""
        words = [words_of(self.steps, told) for told in self.estimate.evidence]
        spelled = [{number(word): word for word in some if number(word) is not None} for some in words]
        kinds: dict[tuple[str | None, ...], int] = {}
        line_kind = np.zeros(len(rows), dtype=np.int64)
        for line, row in enumerate(rows.tolist()):
            key = []
            for told, some, spelling, on in zip(self.estimate.evidence, words, spelled, active, strict=True):
                cell = composed(str(self.file.columns[told.column][row])) if on[line] else None
                if cell is not None and cell not in some:
                    cell = spelling.get(number(cell)) if number(cell) is not None else cell
                    if cell not in some:
                        self.unknown_word(told, row, some)
                        continue
                key.append(cell)
            line_kind[line] = kinds.setdefault(tuple(key), len(kinds))
        self.stop()
        made = [self.kind_of(words, key) for key in kinds]
        some = count > 0.0
        return tuple(made), Lines(np.flatnonzero(some), line_kind[some], count[some])

    def unknown_word(self, told: Told, row: int, words: Mapping[str, object]) -> None:
        """Note a cell that tells nothing."""
        cell = self.file.columns[told.column][row]
        expected, fix = f"one of the words of `{told.column}`: {listed(words)}", nearest(cell, words)
        self.problems.append(Problem("unknown-word", self.file.place(told.column, row), expected, f"`{cell}`", fix))

    def kind_of(self, words: Sequence[Mapping[str, tuple[Evidence, ...]]], key: Sequence[str | None]) -> Kind:
        """The kind of play that some words, one of each column (None: it tells nothing), tell of."""
        pieces, name = list[Evidence](), list[str]()
        for told, some, word in zip(self.estimate.evidence, words, key, strict=True):
            if word is None:
                continue
            pieces += some[word]
            named = [" or ".join(piece.took or piece.happened or ()) for piece in some[word]]
            name.append(word if told.means is not None else ", ".join(named))
        return self.kind(", ".join(name), pieces, ("estimate", "evidence"))

    def kind(self, name: str, pieces: Sequence[Evidence], path: Path) -> Kind:
        """What some pieces of evidence are about, under a name."""
        named = [" or ".join(piece.took or piece.happened or piece.signal or piece.not_ or ()) for piece in pieces]
        try:
            return Kind(name or ", ".join(named) or "nothing seen", seen_in(self.scenario, tuple(pieces)))
        except LookupError:
            expected = "evidence of steps that can be told from each other"
            found = ", ".join(named)
            self.problems.append(Problem("unclear-step", self.scenario.place(path), expected, found))
            return Kind(name, ())

    # --- expressions --------------------------------------------------------------------------------------------------

    def bound_at(self, expression: Expression | None, path: Path) -> Node | None:
        """An expression over columns with its words as numbers, if there is one."""
        return None if expression is None else self.bound(expression.tree, path, expression)

    def bound(self, tree: Node, path: Path, written: Expression) -> Node | None:
        """A tree over columns and coefficients with its words as numbers; None where something is wrong with it."""
        known = {*self.file.names, *coefficients_of(self.estimate)}
        worded = {name for name in self.file.columns if self.file.numbers(name) is None}
        wrong = list(_wrong_names(self.file, tree, known, worded))
        for name, compared in wrong:
            place = self.scenario.place(path, text=written.text, character=name.span[0])
            if compared is not None:
                words = self.file.words(compared)
                fix = nearest(name.id, words)
                expected = f"a word of the column `{compared}`: {listed(words)}"
                self.problems.append(Problem("unknown-word", place, expected, f"`{name.id}`", fix))
            elif name.id in worded:
                word, stray = next(iter(self.file.words(name.id)), "word"), self.file.stray(name.id)
                fix = f"Compare it with a word: `{name.id} == {word}`."
                found = f"`{name.id}`, which has words"
                if stray is not None:
                    where = f"{self.file.file}:{self.file.lines[stray]}"
                    found = f"`{name.id}`, which has `{self.file.columns[name.id][stray]}` ({where})"
                    fix = "Write a number there, or leave the cell empty."
                self.problems.append(Problem("words-as-numbers", place, "a column of numbers", found, fix))
            else:
                self.problems.append(self.file.unknown(name.id, place))
        if wrong:
            return None
        return Symbols({name: tuple(self.file.words(name)) for name in worded}, frozenset(known), int).bind(tree)


def _wrong_names(file: CaseFile, tree: Node, known: set[str], worded: set[str]) -> Iterator[tuple[Name, str | None]]:
    """The names of a tree that mean nothing, each with the column of words that it is compared with, if any."""
    compared: dict[int, str] = {}
    for part in walk(tree):
        match part:
            case Binary(("==" | "!="), Name(column) as left, Name() as right) if column in worded:
                compared |= {id(left): column, id(right): column}
    for name in names_in(tree):
        column = compared.get(id(name))
        if column is None and (name.id not in known or name.id in worded):
            yield name, None
        elif column is not None and name.id not in (column, *file.words(column)):
            yield name, column


def column_of(file: CaseFile, name: str) -> np.ndarray:
    """[rows] a column as numbers: of words, the position of each among them; NaN where there is no value."""
    found = file.numbers(name)
    if found is not None:
        return np.array(found)
    places = {word: float(i) for i, word in enumerate(file.words(name))}
    return np.array([places.get(cell, np.nan) for cell in file.columns[name]])
