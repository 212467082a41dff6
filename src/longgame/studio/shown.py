"""What a browser is told of a scenario and of its answers, as plain objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from longgame.answers.answers import BLOCKS
from longgame.answers.block import Draws, Sources, plain
from longgame.answers.claims import judgement
from longgame.answers.game import size_row
from longgame.answers.naming import Naming
from longgame.answers.parts import Cell, Part, Table
from longgame.answers.units import margin_unit
from longgame.game import sample
from longgame.queries.claims import judge
from longgame.run.precision import Base
from longgame.studio.shelf import BLOCKS as SHOWN
from longgame.studio.shelf import Opened


def described(opened: Opened) -> dict[str, Any]:
    """What a browser must know of a scenario to show it."""
    scenario, study = opened.scenario, opened.study
    rows = plain(BLOCKS["assumptions"].make(Sources(opened.base)))
    for row in rows:
        row["low"], row["high"] = plain(sample.support(scenario.assumptions[row["name"]]))
    return {
        "title": scenario.title,
        "about": scenario.about,
        "name": scenario.source.name,
        "sha256": scenario.source.sha256,
        "assumptions": rows,
        "actors": {name: actor.says for name, actor in scenario.actors.items()},
        "worlds": list(study.game.worlds),
        "size": plain(size_row(study)),
        "estimate": asdict(opened.estimate),
        "exact": study.exact,
        "lattice": study.game.lattice,
    }


def shown(base: Base, opened: Opened) -> dict[str, Any]:
    """Claims, each with the unit of its margin, and beliefs of a base case.

    ``errors`` says whether the errors are those of these very values. Where they are not known yet, the verdicts are
    told with those of the given values.
    """
    made = {name: BLOCKS[name].make(Sources(base)) for name in SHOWN}
    known = base.precision.exact or base.precision.found is not None or opened.base.precision.found is None
    if not known:
        rows = []
        for index, (row, claim) in enumerate(zip(made["claims"], base.study.claims, strict=True)):
            error = opened.base.error(opened.base.study.claims[index].holds)
            rows.append(replace(row, **judgement(judge(claim, base.found), None, index, error)))
        made["claims"] = rows
    naming = Naming(base.study.binder.setting)
    units = [margin_unit(naming, claim, base.found) for claim in base.study.claims]
    claims = [row | {"unit": unit} for row, unit in zip(plain(made["claims"]), units, strict=True)]
    return {"claims": claims, "beliefs": plain(made["beliefs"]), "errors": known}


def firmly(base: Base, draws: Draws) -> dict[str, Any]:
    """Shares of all draws, and how firmly each verdict stands over them."""
    many = draws.many
    rows = [
        judgement(judge(claim, base.found), draws, index, base.error(claim.holds))
        for index, claim in enumerate(base.study.claims)
    ]
    count = range(len(rows))
    return {
        "valid": many.valid,
        "share": [many.share(index) for index in count],
        "share_weighted": [many.share_weighted(index) for index in count],
        "firmness": [row["firmness"] for row in rows],
        "spread": plain([row["spread"] for row in rows]),
        "effective": plain(many.effective),
    }


def told(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Parts of answers: each with its kind and its fields; every cell of a table has the fields of ``Cell``."""
    return [_told(part) | {"kind": type(part).__name__} for part in parts]


def _told(part: Part) -> dict[str, Any]:
    if not isinstance(part, Table):
        return plain(part)
    rows = [[asdict(cell if isinstance(cell, Cell) else Cell(cell)) for cell in row] for row in part.rows]
    return {
        "title": part.title,
        "headings": list(part.headings),
        "numbers": [heading in part.numbers for heading in part.headings],
        "rows": rows,
        "total": part.total,
    }
