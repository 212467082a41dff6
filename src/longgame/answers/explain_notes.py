"""What each piece of evidence adds to a belief, and what else is to be said of a number beside accounts and choices."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from longgame.answers.block import by_name
from longgame.answers.doubt import in_doubt
from longgame.answers.explain_rows import TellingRow
from longgame.answers.naming import Naming, proper
from longgame.answers.words import count, listed, number, percent
from longgame.choice.bargaining import marginal, shapley
from longgame.choice.table import PostureTable
from longgame.choice.turning import conditional
from longgame.queries.atoms import Found, Stake, ValueByWorld, Worth
from longgame.queries.bundles import Settings, parts_worths
from longgame.queries.case import Case
from longgame.queries.commitment import Keeping
from longgame.queries.deals import DealTable
from longgame.queries.levels import posture_table_of, rival_of, world_of
from longgame.queries.meaning import Bound, bundle_table, deal_table
from longgame.queries.path import Learned, alone
from longgame.queries.places import Places, View
from longgame.queries.questions import BoundQuestion
from longgame.scenario.questions.tree import Given, Leaf, Lookup, When

NAMED = 3  # states, or deals, in a sentence


def notes_on(naming: Naming, case: Case, leaf: Leaf, question: BoundQuestion, found: Found) -> Iterator[str]:
    """Sentences on a number of a question; mostly none."""
    if isinstance(leaf, Given):
        assumption = naming.setting.scenario.assumptions[leaf.assumption]
        source = f", from {assumption.source}" if assumption.source else ""
        yield f"It is an assumption of the scenario{source}."
        return
    bound, given = question.parts[leaf], dict(leaf.arguments)
    reasons = [found.reasons[atom] for atom in bound.atoms if atom in found.reasons]
    if reasons:
        yield f"It has no answer: {'; '.join(dict.fromkeys(reasons))}."
        return
    match leaf.function:
        case "stake":
            yield (
                "The stake is the spread between the best and the worst end that play can reach: payoffs alone make it,"
                " and no choice or belief enters."
            )
        case "prior":
            chances = zip(case.game.worlds, case.path.start.belief(), strict=True)
            told = listed([f"{naming.spelled(world)} {percent(float(p))}" for world, p in chances])
            yield f"It is what the scenario assumes before any evidence, and no play enters it: {told}."
        case "present":
            yield _present(case, question, given)
        case "keeps":
            yield _kept(naming, case, bound)
        case "reservation":
            yield from _ladder(naming, leaf, bound, found)
        case "withhold":
            yield from _withheld(naming, bound, given, found)
        case "turning_chance":
            yield _turns_when(naming, bound, given, found)
        case "deal_share":
            yield from _deals(naming, deal_table(naming.setting, question.understood.at)[1](found), given)
        case "menu_share":
            yield from _deals(naming, bundle_table(naming.setting, question.understood.at)[1](found).table, given)
        case "shapley":
            yield _adds(naming, bound, given, found)
        case "lead" | "information_value" | "turning_belief":
            yield from _postures(naming, case, leaf, bound, found)


def _kept(naming: Naming, case: Case, bound: Bound) -> str:
    """At which move it is, and what the mover can expect by its best options of each kind."""
    (atom,) = bound.atoms
    assert isinstance(atom, Keeping)
    one = atom.tempted(case, Places(case))
    kept, broken = (number(float(worth[atom.actor])) for worth in (one.kept, one.broken))
    chance, actor = percent(one.breaks), proper(case.game.actors[atom.actor])
    breaks = f"It is broken if {naming.taken(one.step, one.option)}, in {naming.period(one.t)} with {chance}."
    return f"{breaks} From there on keeping it is worth {kept} to {actor}, breaking it {broken}."


def _ladder(naming: Naming, leaf: Lookup, bound: Bound, found: Found) -> Iterator[str]:
    given = dict(leaf.arguments)
    worths = [number(found.number(atom), signed=True) for atom in bound.atoms if isinstance(atom, Worth)]
    steps = [f"{naming.changes(step)} {worth}" for step, worth in zip(given["ladder"], worths, strict=True)]
    yield f"What its steps are worth to {proper(given['actor'])}: {listed(steps)}."


def _adds(naming: Naming, bound: Bound, given: dict, found: Found) -> str:
    """What each clause of a bundle adds on average, and the one that is asked for first and last."""
    view = next(atom.view for atom in bound.atoms if isinstance(atom, Settings))
    stakes, game = [atom for atom in bound.atoms if isinstance(atom, Stake)], naming.setting.game
    own = parts_worths(given["bundle"], view, stakes, game)[1](found)[:, game.actors.index(given["actor"])]
    place = [part.clause for part in given["bundle"]].index(given["clause"])
    told = [f"{part.label} {number(x, signed=True)}" for part, x in zip(given["bundle"], shapley(own), strict=True)]
    first, last = own[1 << place], marginal(own)[place]
    alone = f"{number(first, signed=True)} if it comes first, and {number(last, signed=True)} if it comes last"
    return f"On average the clauses add: {listed(told)}. {naming.spelled(given['clause'])} adds {alone}."


def _withheld(naming: Naming, bound: Bound, given: dict, found: Found) -> Iterator[str]:
    postures = dict.fromkeys(atom.view.under for atom in bound.atoms if atom.view.under is not None)
    values = {under[1]: found.number(next(a for a in bound.atoms[1:] if a.view.under == under)) for under in postures}
    told = [f"“{naming.spelled(name)}” {number(value)}" for name, value in values.items()]
    yield f"What {proper(given['actor'])} can expect if {proper(given['by'])} keeps to {listed(told, 'or')}."


def _turns_when(naming: Naming, bound: Bound, given: dict, found: Found) -> str:
    steps, values = found.vector(bound.atoms[0]), np.array([found.vector(atom) for atom in bound.atoms[1:]])
    names = [atom.view.under[1] for atom in bound.atoms[1:] if atom.view.under is not None]
    start = steps[steps[:, 0] < 0.0]
    best = values[:, start[:, 1].astype(int)].argmax(axis=0)
    shares = [(name, float(start[best == a, 2].sum())) for a, name in enumerate(names)]
    now = listed([f"“{naming.spelled(name)}” ({percent(share)})" for name, share in shares if share > 0.0])
    return f"Where play stands, best is {now}; `longgame turning` shows where {proper(given['actor'])}'s best turns."


def _present(case: Case, question: BoundQuestion, given: dict) -> str:
    nodes = Places(case)(View(question.understood.at, case_worlds(case, given)))
    chance = np.bincount(nodes.s, nodes.weight) / nodes.mass
    likely = [int(s) for s in np.argsort(-chance)[:NAMED] if chance[s] > 0.0]
    told = "; ".join(f"{case.game.states.label(s)} ({percent(float(chance[s]))})" for s in likely)
    return f"The evidence leaves {count(int((chance > 0.0).sum()), 'state')} open; the likeliest: {told}."


def case_worlds(case: Case, given: dict) -> tuple[bool, ...] | None:
    """The worlds that a question is asked of."""
    asked = given.get("given")
    return None if asked is None else tuple(bool(holds) for holds in case.game.condition(asked))


def _deals(naming: Naming, table: DealTable, given: dict) -> Iterator[str]:
    accepted = [
        n for n in range(len(table.deals))
        if all(table.effect(n, table.actors.index(actor)) == "gains" for actor in given.get("accepted_by", ()))
    ]  # fmt: skip
    harmful = [
        n for n in accepted
        if all(table.effect(n, table.actors.index(actor)) == "loses" for actor in given.get("harms", ()))
    ]  # fmt: skip

    def named(some: list[int]) -> str:
        names = [f"“{naming.spelled(table.deals[n])}”" for n in some[:NAMED]]
        more = [f"{len(some) - NAMED:,} others"] if len(some) > NAMED else []
        return listed([*names, *more]) or "none"

    by, harmed = (listed([proper(name) for name in given.get(key, ())]) for key in ("accepted_by", "harms"))
    yield (
        f"By {len(accepted)} of {count(len(table.deals), 'deal')} {by} would gain: {named(accepted)}; by"
        f" {len(harmful)} of these {harmed} would lose: {named(harmful)}."
    )


def _postures(naming: Naming, case: Case, leaf: Lookup, bound: Bound, found: Found) -> Iterator[str]:
    table, given = posture_table_of(case, bound, found), dict(leaf.arguments)
    names = [atom.view.under[1] for atom in bound.atoms if isinstance(atom, ValueByWorld) and atom.view.under]
    worlds = [naming.spelled(world) for world in case.game.worlds]
    if leaf.function == "lead":
        mine, rule = names.index(given["posture"]), given.get("rule", "expected")
        if len(names) > 1:
            rival = rival_of(table, mine, rule)
            judged = _judged(table, rule, mine, rival, worlds)
            yield f"The next best posture is “{naming.spelled(names[rival])}”{judged}."
    elif leaf.function == "turning_belief":
        yield _turning(naming, table, names, given, np.asarray(case.game.condition(given["condition"])))
    else:
        best = table.counted[:, :, 0].argmax(axis=0)
        kept = int(table.expected[:, 0].argmax())
        told = [f"“{naming.spelled(names[a])}” in {world}" for world, a, p in
                zip(worlds, best, table.possible[:, 0], strict=True) if p]  # fmt: skip
        if {int(a) for a, p in zip(best, table.possible[:, 0], strict=True) if p} == {kept}:
            yield f"“{naming.spelled(names[kept])}” is best in every world: to know which it is changes nothing."
        else:
            yield f"Who knew the world would take {listed(told)}; who does not takes “{naming.spelled(names[kept])}”."


def _judged(table: PostureTable, rule: str, mine: int, rival: int, worlds: list[str]) -> str:
    if rule == "expected":
        return ""
    one, other = (worlds[world_of(table, posture, rule)] for posture in (mine, rival))
    what = "its worst world" if rule == "maximin" else "the world of its largest regret"
    return f"; {what} is {other}, that of the posture asked about {one}"


def _turning(
    naming: Naming, table: PostureTable, names: list[str], given: dict, inside: np.ndarray
) -> str:
    mine = names.index(given["posture"])
    said = []
    for worlds, what in ((inside, naming.condition(given["condition"])), (~inside, "that is not so")):
        values = table.values[:, :, 0] @ conditional(table.belief[:, 0], worlds)
        others = np.delete(values, mine)
        best = number(float(others.max())) if len(others) else "nothing"
        said.append(f"where {what} it brings {number(float(values[mine]))} and the best other posture {best}")
    posture = naming.spelled(given["posture"])
    return f"It lies between what is best for sure on either side; for “{posture}”: {'; '.join(said)}."


# --- what evidence adds -----------------------------------------------------------------------------------------------

def telling_rows(case: Case, leaf: Leaf, at: When) -> list[TellingRow]:
    """The evidence behind a number of beliefs: all of it up to the date for a belief, else the piece that is meant."""
    if not isinstance(leaf, Lookup):
        return []
    given = dict(leaf.arguments)
    match leaf.function:
        case "belief":
            inside = _worlds(case, given["condition"])
            among = _worlds(case, given["given"]) if given.get("given") is not None else np.ones_like(inside)
            pieces = case.path.pieces[: _count(case, at)]
            return [_row(case, piece, inside & among, ~inside & among) for piece in pieces]
        case "bayes_factor":
            one, other = _worlds(case, given["condition"]), _worlds(case, given["against"])
            return [_row(case, case.path.piece(given["evidence"]), one, other)]
        case "likelihood" | "prior_predictive":
            among = np.ones(len(case.game.worlds), dtype=bool)
            if given.get("given") is not None:
                among = _worlds(case, given["given"])
            id = given["evidence"]
            first = leaf.function == "prior_predictive"
            piece = alone(case.scenario, case.game, case.solution(), id) if first else case.path.piece(id)
            return [_row(case, piece, among, ~among)]
    return []


def _worlds(case: Case, condition: object) -> np.ndarray:
    return np.asarray(case.game.condition(condition), dtype=bool)


def _count(case: Case, at: When) -> int:
    """How many pieces of evidence there are up to a date."""
    if at == "start":
        return 0
    until = case.path.at(at)
    after = [n for n, piece in enumerate(case.path.pieces, 1) if piece.after is until]
    return after[-1] if after else (len(case.path.pieces) if at == "now" else 0)


def _row(case: Case, piece: Learned, inside: np.ndarray, outside: np.ndarray) -> TellingRow:
    true, false = piece.likelihood_of(inside), piece.likelihood_of(outside)
    odds = math.log(true / false) if true > 0.0 and false > 0.0 else None
    return TellingRow(
        evidence=piece.id,
        on=piece.evidence.ends,
        says=piece.evidence.says,
        doubt=in_doubt(piece),
        log_odds=odds,
        if_true=true if math.isfinite(true) else None,
        if_false=false if math.isfinite(false) else None,
        before=_belief(piece.prior, inside, outside),
        after=_belief(piece.posterior, inside, outside),
        by_world=by_name(case.game.worlds, piece.likelihood),
    )


def _belief(belief: np.ndarray, inside: np.ndarray, outside: np.ndarray) -> float:
    among = float(belief[inside | outside].sum())
    return float(belief[inside].sum()) / among if among > 0.0 else math.nan
