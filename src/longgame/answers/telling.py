"""What each piece of evidence adds to a belief, in log-odds."""

from __future__ import annotations

import math

import numpy as np

from longgame.answers.block import by_name
from longgame.answers.doubt import in_doubt
from longgame.answers.explain_rows import TellingRow
from longgame.queries.case import Case
from longgame.queries.path import Learned, alone
from longgame.scenario.questions.tree import Leaf, Lookup, When


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
