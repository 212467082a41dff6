"""Where play may lead: how likely each state is by date, as lines that part and meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from longgame.answers import words
from longgame.answers.parts import Heading, Line, Part, Table
from longgame.answers.situation import LookedAhead, Seen, Situation, looked_ahead, period_of, refused
from longgame.game.game import Game
from longgame.queries.nodes import Ints, Nodes
from longgame.queries.spread import Spread, shares, spread
from longgame.run.study import Progress, SolvedDraw, Study
from longgame.scenario.load import AnyScenario, scenario_of
from longgame.text import listed, nearest

MOST_DATES = 6  # at which the states are shown
MOST_KINDS = 7  # of states that are told apart
ENOUGH = 0.85  # what these should make up, on average over the dates; else variables are left out one by one
OTHER = "other states"


@dataclass(frozen=True)
class StateLine:
    """A kind of state: the values of the variables that are told apart; empty for all others taken together.

    now     how likely it is where play stands
    shares  by date, how likely it is then
    """

    state: Mapping[str, str]
    now: float
    shares: tuple[float, ...]


@dataclass(frozen=True)
class TimelineAnswer(LookedAhead):
    """Where play may lead.

    dates      to the ends of which it is followed
    variables  the state variables that are told apart; others: those with words that are not
    start      the likeliest state where play stands
    lines      the kinds of state, the likeliest first
    flows      by date, from each kind at the date before to each at this one
    status     the sentence on how the game was solved
    uneven     the dates lie at unequal distances on a clock of periods of several lengths
    """

    dates: tuple[str, ...]
    variables: tuple[str, ...]
    others: tuple[str, ...]
    start: Mapping[str, str]
    lines: tuple[StateLine, ...]
    flows: tuple[tuple[tuple[float, ...], ...], ...]
    status: str
    uneven: bool = False

    def in_parts(self) -> list[Part]:
        """What is shown of it."""
        return tables(self)

    @property
    def seen(self) -> str:
        """From where it is looked at, and how far, in words."""
        return f"{super().seen}, to the end of {words.day(self.dates[-1])}."


def timeline(
    scenario: AnyScenario,
    seen: Seen | None = None,
    *,
    until: str | int | None = None,
    by: Sequence[str] = (),
    progress: Progress | None = None,
) -> TimelineAnswer:
    """How likely the states are by date, and what comes of which.

    Args:
        scenario: one that has passed the checks; or its file, or the name of a shipped one.
        seen: from where; after all evidence, if None.
        until: the last date; the horizon, if None.
        by: the state variables (with words) that are told apart; those that say most, if empty.
        progress: as everywhere.

    Raises QuestionError for what cannot be understood, and ScenarioError as others.
    """
    scenario = scenario_of(scenario)
    seen, clock = seen or Seen(), scenario.clock
    situation = Situation.of(scenario, seen)
    worded = [name for name, variable in scenario.state.items() if not variable.numeric]
    unknown = [name for name in by if name not in worded]
    if unknown or not worded:
        fix = nearest(unknown[0], worded) if unknown and worded else ""
        found = f"`{unknown[0]}`" if unknown else "none"
        raise refused("--by", "a state variable with words", found, fix or f"Known: {listed(worded) or 'none'}.")
    last = clock.periods - 1 if until is None else period_of(scenario, "--until", until, ended=True)

    def work(study: Study, draw: SolvedDraw) -> tuple[Spread, list[int], _Kinds, dict[str, str], int]:
        nodes = situation.nodes(draw)
        first = int(nodes.t.max())
        if last < first:
            raise refused("--until", f"a date from {clock.label(min(first, clock.periods - 1))} on", f"{until}")
        solution, dates = draw.case.solution(situation.under), _dates(first, last)
        whole = _Kinds.of(study.game, by or [name for name in worded if name not in scenario.brought] or worded)
        kinds = whole.fewer(shares(solution, nodes, dates, whole.of_state), free=not by)
        return spread(solution, nodes, dates, kinds.of_state), dates, kinds, _start(study.game, nodes), first

    (found, dates, kinds, start, first), status = situation.solved(work, progress)
    order = np.argsort(-found.shares.mean(0), kind="stable")
    order = [int(kind) for kind in order if kinds.names[kind]] + [k for k, name in enumerate(kinds.names) if not name]
    return TimelineAnswer(
        **looked_ahead(scenario, seen, first),
        dates=tuple(clock.end_label(t) for t in dates),
        variables=kinds.variables,
        others=tuple(name for name in worded if name not in kinds.variables and name not in scenario.brought),
        start={name: value for name, value in start.items() if name in kinds.variables},
        lines=tuple(
            StateLine(kinds.names[k], float(found.now[k]), tuple(map(float, found.shares[:, k]))) for k in order
        ),
        flows=tuple(tuple(tuple(map(float, row[order])) for row in flow[order]) for flow in found.flows),
        status=status,
        uneven=len({round(sum(clock.pace.lengths[t + 1 : u + 1]), 6) for t, u in pairwise([first - 1, *dates])}) > 1,
    )


def _dates(first: int, last: int) -> list[int]:
    """Up to so many periods from the first to the last, evenly apart."""
    count = min(MOST_DATES, last - first + 1)
    return sorted({round(first + (last - first) * (n + 1) / count) for n in range(count)}) if last > first else [last]


def _start(game: Game, nodes: Nodes) -> dict[str, str]:
    """The words of the likeliest state."""
    s = int(nodes.s[int(nodes.weight.argmax())])
    variables = enumerate(game.states.variables)
    return {v.name: v.show(int(game.states.codes[s, place])) for place, v in variables if not v.numeric}


@dataclass(frozen=True, eq=False)
class _Kinds:
    """Kinds of state: those that agree in some variables; one without a name holds all that are not told apart.

    of_state  [S] the kind of each state; names [G] variable -> value
    """

    game: Game
    variables: tuple[str, ...]
    of_state: Ints
    names: tuple[Mapping[str, str], ...]

    @classmethod
    def of(cls, game: Game, variables: Sequence[str]) -> _Kinds:
        """Every combination of the values of some variables that there is."""
        places = [place for place, v in enumerate(game.states.variables) if v.name in variables]
        shown = [game.states.variables[place] for place in places]
        combinations, of_state = np.unique(game.states.codes[:, places], axis=0, return_inverse=True)
        names = [{v.name: v.show(int(code)) for v, code in zip(shown, row, strict=True)} for row in combinations]
        return cls(game, tuple(v.name for v in shown), of_state.reshape(-1).astype(np.int64), tuple(names))

    def fewer(self, found: np.ndarray, free: bool) -> _Kinds:
        """The likeliest kinds by their shares [.., G], the rest as one; ``free``: variables may be left out for it."""
        likely = found.mean(0)
        best = np.argsort(-likely, kind="stable")[:MOST_KINDS]
        if free and len(self.variables) > 1 and likely[best].sum() < ENOUGH:
            ways = []
            for name in self.variables:
                kinds = _Kinds.of(self.game, [other for other in self.variables if other != name])
                into = np.zeros(len(self.names), dtype=np.int64)
                into[self.of_state] = kinds.of_state
                merged = np.zeros((len(found), len(kinds.names)))
                np.add.at(merged.T, into, found.T)
                ways.append((np.sort(merged.mean(0))[::-1][:MOST_KINDS].sum(), kinds, merged))
            _, kinds, merged = max(ways, key=lambda way: way[0])
            return kinds.fewer(merged, free)
        kept = [int(kind) for kind in best if likely[kind] > 0.0]
        place = np.full(len(self.names), len(kept), dtype=np.int64)
        place[kept] = np.arange(len(kept))
        rest = likely.sum() - likely[kept].sum() > 1e-9 or len(kept) < len(self.names)
        names = [self.names[kind] for kind in kept] + [{}] * bool(rest)
        return _Kinds(self.game, self.variables, place[self.of_state], tuple(names))


# --- shown ------------------------------------------------------------------------------------------------------------


def line_name(found: TimelineAnswer, line: StateLine) -> str:
    """A kind of state by what is not as it was at the start."""
    if not line.state:
        return OTHER
    said = [f"{name} {value}" for name, value in line.state.items() if value != found.start[name]]
    return ", ".join(said) or "as it stands"


def told(found: TimelineAnswer) -> str:
    """What a reader must know of a timeline."""
    start = ", ".join(f"{name} {value}" for name, value in found.start.items())
    said = f"As it stands: {start}. States are named by what is not so."
    said += " The dates stand evenly, but the time between them differs." if found.uneven else ""
    return f"{said} States that differ in {words.listed(found.others)} alone count as one." if found.others else said


def tables(found: TimelineAnswer) -> list[Part]:
    """What a terminal shows of a timeline."""
    dates = [words.short_day(date) for date in found.dates]
    headings = ("state", "now", *dates)
    rows = [
        (line_name(found, line), words.percent(line.now), *map(words.percent, line.shares))
        for line in found.lines
        if line.state or max(line.now, *line.shares) >= 5e-4
    ]
    table = Table(headings, rows, numbers=headings[1:])
    return [Heading(f"Where it may lead: {found.scenario.title}"), Line(found.seen), table, Line(told(found))]
