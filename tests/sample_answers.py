"""Answers made by hand, in the layout of docs/answers.md: a page can be tested without solving a game."""

from __future__ import annotations

import math
from typing import Any

from longgame.answers import explain_rows as rows
from longgame.answers.block import plain
from longgame.solver.solution import Status

SOLVED = Status.CONVERGED.value

MONTHS = [f"2025-{month:02d}" for month in range(3, 13)]
_MOVE = {"by": "attacker", "step": "raid", "option": "raid", "says": "Attacker takes “raid” at its raid"}


def sample() -> dict[str, Any]:
    """A truce on offer: two worlds, two pieces of evidence, every block filled, every kind of verdict."""
    actors = ["attacker", "defender", "patron"]
    worlds = ["peace", "reset"]
    return {
        "longgame": "0.1.0",
        "layout": 2,
        "scenario": {
            "name": "sample",
            "title": "A truce on offer",
            "file": None,
            "sha256": "0" * 64,
            "about": "A patron cuts its aid and offers a truce.\n\nWhat it is after, only the patron knows.",
        },
        "versions": {"python": "3.11.7", "numpy": "2.4.6", "numba": "0.66.0"},
        "seed": 0,
        "draws": 128,
        "started": "2026-11-22T09:30:00+00:00",
        "seconds": 3.2,
        "assumptions": [
            _assumption("aid_effect", 0.10, [0.05, 0.20], {"uniform": [0.05, 0.20]}, source="https://example.org/aid."),
            _assumption("reset_prize", 2.0, [0.0, 5.0], {"normal": [2.0, 0.5]}, because="It should be large."),
            _assumption("horizon", 12.0, None, None, source="judgement", because="A year is what the talk is of."),
        ],
        "actors": [
            {
                "name": actor,
                "says": f"The {actor}.",
                "rationality": 5.0,
                "per": "decision",
                "discount": 0.97,
                "stake": 12.5,
                "decision": 1.25,
                "rationality_in_words": "takes the better of two options 88 times in 100",
            }
            for actor in actors
        ],
        "worlds": [{"name": world, "prior": 0.5, "hidden": {"aim": world}} for world in worlds],
        "size": {
            "states": 54, "worlds": 2, "lattice_points": 21, "lattice": 20, "steps": 4, "periods": 12, "actors": 3,
        },
        "beliefs": [
            _belief(None, None, 0.5, 1.0),
            _belief("aid_decision_cut", "2025-03-03", 0.31, 0.45),
            _belief("truce_offer_energy", "2025-03-18", 0.12, 0.30),
        ],
        "surprise": {
            "moves": 2,
            "to_blind": {"nats": 0.19, "factor": 1.1},
            "to_status_quo": {"nats": -0.4, "factor": 0.82},
            "over_draws": {"nats": 0.3, "factor": 1.16},
            "pieces": [
                _piece("aid_decision_cut", "2025-03-03", 0.55, 0.5, 0.5),
                _piece("truce_offer_energy", "2025-03-18", 0.36, 0.33, 0.6),
            ],
            "says": "Over 2 observed moves the model adds +0.2 nats: it hardly tells these moves from chance.",
        },
        "ledger": [
            _gains("aid_decision_cut", "2025-03-03", {"attacker": 0.8, "defender": -1.2, "patron": 0.05}),
            _gains("truce_offer_energy", "2025-03-18", {"attacker": 0.2, "defender": 0.1, "patron": None}),
        ],
        "forecasts": [
            {
                "name": name,
                "says": "A full truce is in force.",
                "by": [
                    {"date": date, "probability": top * (order + 1) / len(MONTHS), "standard_error": 0.01}
                    for order, date in enumerate(MONTHS)
                ],
            }
            for name, top in [("full_truce", 0.6), ("collapse", 0.15), ("never", 0.0)]
        ],
        "scores": {
            "outcomes": [
                _scored("full_truce", "2025-06", False, 0.24, 0.31, 0.0, 0.2),
                _scored("collapse", "2025-12", False, 0.15, 0.12, 0.0, None),
                _scored("never", "2025-03", False, None, None, 0.0, None, "2025-03 is past by then"),
            ],
            "guesses": [
                {"guess": "over_draws", "n": 2, "brier": 0.055, "log": 0.249, "beside": None},
                {"guess": "model", "n": 2, "brier": 0.040, "log": 0.218, "beside": None},
                {"guess": "coin", "n": 2, "brier": 0.25, "log": 0.693, "beside": 0.055},
                {"guess": "status_quo", "n": 2, "brier": 0.0, "log": 0.001, "beside": 0.055},
                {"guess": "crowd", "n": 1, "brier": 0.04, "log": 0.223, "beside": 0.096},
            ],
            "says": "Of 2 forecasts with a known outcome the Brier score is 0.055 (0 is perfect): better than a coin "
            "(0.250), but no better than the guess that nothing changes (0.000) and the crowd (0.040).",
        },
        "paths": {
            "since": "2025-04", "until": "2025-06", "least": 0.01,
            "course": _course(
                None, None, 1.0,
                _course("patron", "cut", 0.3),
                _course("patron", "keep", 0.6, _course(None, "advance", 0.4), _course(None, "hold", 0.15), other=0.05),
                other=0.1,
            ),
        },
        "postures": [
            {
                "actor": "defender",
                "rows": [
                    _posture("play_along", 3.0, 1.0, 1.24, 1.0),
                    _posture("defy", 2.0, 1.5, 1.56, 0.5),
                ],
                "best": {"expected": "defy", "maximin": "defy", "regret": "defy"},
                "perfect_information": 0.12,
                "information": [{"about": "aim", "value": 0.12}],
                "turning": [{"condition": "aim == peace", "posture": "play_along", "belief": 0.33}],
                "share": {"expected": {"play_along": 0.25, "defy": 0.75}},
                "over_draws": {
                    "draws": 128,
                    "dropped": 0,
                    "threshold": "what the actor could expect if it were not bound to a posture",
                    "rows": [
                        {
                            "posture": posture, "expected": value, "worst": value - 1.0, "worst_regret": 1.5,
                            "mean_regret": 0.25, "satisficing": 0.6, "dominated_by": beaten,
                        }
                        for posture, value, beaten in [("play_along", 1.2, ["defy"]), ("defy", 1.5, [])]
                    ],
                    "best": {"expected": "defy", "maximin": "defy", "regret": "defy", "satisficing": "defy"},
                    "information": [{"about": "aim", "mean": 0.1, "low": 0.0, "high": 0.3, "undecided": 0.05}],
                    "certainty": 0.4,
                    "assumptions": {"aid_effect": 0.07},
                    "turning": [
                        {
                            "condition": "aim == peace", "posture": "play_along", "low": 0.2, "middle": 0.35,
                            "high": 0.6, "best_somewhere": 0.9, "over": None,
                        }
                    ],
                },
            }
        ],
        "deals": [
            _deal("energy_truce", {"attacker": 0.1, "defender": -0.02, "patron": 0.01}, pareto=True),
            _deal("full_truce", {"attacker": -0.1, "defender": 0.12, "patron": 0.2}, pareto=True),
        ],
        "bargaining": [
            {
                "between": ["attacker", "patron"], "zone": ["energy_truce"], "nash": "energy_truce",
                "kalai_smorodinsky": "energy_truce", "egalitarian": "energy_truce", "utilitarian": "energy_truce",
            },
            {
                "between": ["attacker", "defender"], "zone": [], "nash": None,
                "kalai_smorodinsky": None, "egalitarian": None, "utilitarian": None,
            },
        ],
        "bundles": {
            "count": 5,
            "efficient": 2,
            "no_stake": [],
            "frontier": [
                _bundle("truce=full + payment 0.5", 0.02, 0.08, 0.2),
                _bundle("truce=energy", 0.1, -0.02, 0.01),
            ],
            "clauses": [
                _clause("truce", "truce=energy", {"attacker": 0.1, "defender": -0.02, "patron": 0.01}, None),
                _clause("truce", "truce=full", _ALONE, {"attacker": -0.1, "defender": 0.12, "patron": 0.2}),
                _clause("payment", "payment 0.5", None, None),
            ],
            "groups": [
                {
                    "between": ["attacker", "defender"],
                    "zone": 1,
                    "zones": {"peace": 2, "reset": 1},
                    "signed": 1,
                    "points": {
                        "nash": _bundle("truce=full + payment 0.5", 0.02, 0.08, 0.2),
                        "kalai_smorodinsky": _bundle("truce=full + payment 0.5", 0.02, 0.08, 0.2),
                        "egalitarian": None,
                        "utilitarian": None,
                    },
                    "best": {"attacker": _bundle("truce=full + payment 0.5", 0.02, 0.08, 0.2), "defender": None},
                    "mended": {"attacker": [_bundle("truce=energy", 0.1, -0.02, 0.01)]},
                    "logrolling": [["truce=full", "payment 0.5"]],
                    "harmed": {"patron": 0.0},
                    "map": [
                        _bundle("truce=full + payment 0.5", 0.02, 0.08, 0.2),
                        _bundle("truce=energy", 0.1, -0.02, 0.01),
                    ],
                }
            ],
            "accounts": [{"name": "truce=full + payment 0.5", "accounts": [_ACCOUNT]}],
        },
        "commitment": [
            {
                "deal": "energy_truce",
                "says": "A pause of strikes on energy.",
                "followed": True,
                "moves": [_MOVE],
                "stands": [{"on": month, "chance": 0.9**n} for n, month in enumerate(MONTHS, 1)],
                "ends": [_MOVE | {"how": "broken", "chance": 0.65}],
                "temptations": [
                    {
                        "on": month, "step": "raid", "by": "attacker", "option": "raid", "chance": 1.0,
                        "kept": {"attacker": 5.0 - 0.1 * n, "defender": 4.0, "patron": 2.0},
                        "broken": {"attacker": 4.5, "defender": 3.0, "patron": 2.0},
                        "gain": 0.1 * n - 0.5, "share": (0.1 * n - 0.5) / 12.5, "tempted": 0.2, "breaks": 0.1,
                    }
                    for n, month in enumerate(MONTHS)
                ],
                "first": {"on": "2025-09", "by": "attacker"},
                "remedies": [],
                "undone": [],
            },
            {
                "deal": "full_truce", "says": "", "followed": True, "moves": [],
                "stands": [{"on": month, "chance": 1.0} for month in MONTHS],
                "ends": [], "temptations": [], "first": None, "remedies": [],
                "undone": [{"actor": "attacker", "gain": 0.5, "share": 0.04}],
            },
        ],
        "accounts": _accounts(),
        "variants": {
            "weighed_by": "draws",
            "variants": [_variant("base", 0.7, 0.55), _variant("longer", 0.3, 0.45, note="It was long.")],
            "claims": [
                {
                    "id": "serves_attacker",
                    "says": "A sentence of the assessment about serves_attacker.",
                    "variants": {"base": _in_variant("follows", 0.3, 0.84), "longer": _in_variant("fails", -0.1, 0.2)},
                    "average": 0.552,
                    "average_prior": 0.6,
                    "turns_in": {"longer": "fails"},
                },
                {
                    "id": "only_here",
                    "says": "A claim that one variant makes.",
                    "variants": {"base": None, "longer": _in_variant("no answer", None, None)},
                    "average": None,
                    "average_prior": None,
                    "turns_in": {},
                },
            ],
        },
        "explanations": [_explained()],
        "claims": [
            _claim(
                "serves_attacker", True, 0.42, 0.953125, firmness="firm",
                rests_on={
                    "draws": 128,
                    "assumptions": [
                        {"assumption": "aid_effect", "index": 0.31, "direction": 0.62},
                        {"assumption": "reset_prize", "index": 0.24, "direction": -0.4},
                    ],
                    "box": "fails when aid_effect < 0.07: 84% of the failures, 9% of the draws",
                },
            ),
            _claim("always", True, 1.1, 1.0, built_in=True, finer=1.05),
            _claim(
                "serves_defender", False, -0.03, 0.21875, firmness="leaning", note="Turns where aid matters less.",
                finer=0.01,
            ),
            _claim("undefined", None, None, None, status="A belief in what cannot be has no answer."),
        ],
        "ensemble": {
            "draws": 128, "valid": 128, "unconverged": 0, "jumped": 0, "effective_sample_size": 61.3, "set_aside": [],
            "warnings": ["The evidence puts the weight on few draws."],
            "posterior": {
                "draws": 128, "different": 61, "steps": 3, "solved": 1200, "log_evidence": -4.2,
                "effective_before": 9.5, "says": "So they were led to it in 3 steps.",
            },
        },
        "drawn": _drawn(),
        "solver": {
            "method": "agent quantal response equilibrium by backward induction",
            "lattice": 20,
            "tolerance": 1e-9,
            "residual": 3.2e-12,
            "iterations": 14,
            "jumps": 0,
            "unconverged": 0,
            "status": SOLVED,
            "exact": False,
            "beside": 40,
        },
        "verification": {
            "exact": {
                "periods": 2,
                "of_periods": 12,
                "nodes": 5_021,
                "histories": 812,
                "residual": 2.9e-15,
                "status": "The principal branch was followed.",
                "converged": True,
                "lattice": 20,
                "exact": _apart(0.0043, 3.1e-6, 4e-13, 1e-14),
                "finer": 40,
                "finer_exact": _apart(0.0011, 8e-7, 4e-13, 1e-14),
                "refinement": _apart(0.0032, 2e-6, 4e-13, 1e-14),
                "steps": [_apart(0.0043, 3.1e-6, 4e-13, 1e-14) | {"step": "aid_decision"}],
                "seconds": 1.5,
            },
            "scope": "The whole game is too large for the exact method: it covers the first 2 periods of 12.",
            "plays": {
                "plays": 2000,
                "lattice": 20,
                "finer": 40,
                "whole": _apart(0.017, 0.0014, 0.0052, 0.00066),
                "steps": [_apart(0.017, 0.0014, 0.0052, 0.00066) | {"step": "aid_decision"}],
            },
        },
    }  # fmt: skip


def _explained() -> dict[str, Any]:
    """A claim that follows by a worth, with one choice behind it, and one piece of evidence."""
    terms = [
        rows.AmountRow("1 - strength", "strength", "", "What it holds.", 0.52, [0.02, 0.5]),
        rows.AmountRow("-cost * (truce == none)", "cost", "where truce is none", "", -0.1, [-0.1, 0.0]),
    ]
    account = rows.AccountRow("attacker", "share", 0.42, 12.5, ["March 2025", "afterwards"], terms, [-0.08, 0.5])
    options = [
        rows.OptionRow("keep", "“keep”", 0.7, {"peace": 0.8, "reset": 0.6}, 1.2, 0.0, 0.5),
        rows.OptionRow("cut", "“cut”", 0.3, {"peace": 0.2, "reset": 0.4}, 0.9, 0.3, 0.2),
    ]
    choice = rows.ChoiceRow(
        "aid_decision", "Patron's aid decision", "patron", "April 2025", 1.0, 0.1, options, account, "Whether it gives."
    )
    piece = rows.TellingRow(
        "aid_decision_cut", "2025-03-03", "Aid is cut.", "", -0.4, 0.4, 0.6, 0.5, 0.4, {"peace": 0.4, "reset": 0.6}
    )
    number = rows.NumberRow(
        "worth(attacker, energy)", "the worth to Attacker of “energy”", "payoff", "share", 0.42, 1.0, account, [choice],
        [piece], ["A note."],
    )  # fmt: skip
    left = rows.ComparedSideRow("worth(attacker, energy)", number.says, 0.42, "payoff", "share", [number])
    right = rows.ComparedSideRow("0", "0", 0.0, "number", "", [])
    compared = rows.ComparisonRow(
        "worth(attacker, energy) > 0", "it is above 0", False, "more than", True, 0.42, True, left, right
    )
    return plain(
        rows.ExplanationRow(
            id="serves_attacker",
            says="The truce serves the attacker.",
            question="worth(attacker, energy) > 0",
            at="now",
            holds=True,
            margin=0.42,
            verdict="follows",
            error=0.01,
            sentences=["It follows: the worth is +0.42.", "It is made of +0.52 by strength and -0.10 by cost."],
            comparisons=[compared],
            assumptions=[rows.SlopeRow("aid_effect", "What aid adds.", "share", 0.1, 0.05, 0.2, 1.5, 0.225)],
            turns=[rows.TurnRow("aid effect were 0.02", "assumption", "aid_effect", 0.1, 0.02, "share", 0.5, True)],
            notes=["A note on structure."],
        )
    )


def _drawn() -> dict[str, Any]:
    """128 draws over two assumptions, evenly spread and out of step with each other."""
    even = [(n + 0.5) / 128 for n in range(128)]
    effect = [0.05 + 0.15 * u for u in even]
    prize = [5.0 * ((37 * n + 0.5) % 128) / 128 for n in range(128)]
    margins = {
        "serves_attacker": [effect[n] - 0.057 for n in range(128)],
        "always": [1.0 + u for u in even],
        "serves_defender": [0.28 * prize[n] / 5.0 - 0.22 for n in range(128)],
        "undefined": [None] * 128,
    }
    peace = [[u] * 128 for u in (0.5, 0.31, 0.12)]
    peace[2] = [0.05 + 0.15 * u for u in even]
    return {
        "draws": 128,
        "assumptions": {"aid_effect": effect, "reset_prize": prize},
        "weights": None,
        "claims": {
            name: {"holds": [None if one is None else int(one > 0) for one in margin], "margin": margin}
            for name, margin in margins.items()
        },
        "beliefs": {"peace": peace, "reset": [[1.0 - p for p in stage] for stage in peace]},
        "forecasts": {
            name: [[top * (order + 1) / len(MONTHS) * (0.5 + u) for u in even] for order in range(len(MONTHS))]
            for name, top in [("full_truce", 0.6), ("collapse", 0.15), ("never", 0.0)]
        },
    }


def _apart(choice: float, choice_mean: float, worth: float, worth_mean: float) -> dict[str, Any]:
    return {"choice": choice, "choice_mean": choice_mean, "worth": worth, "worth_mean": worth_mean}


def _assumption(name: str, value: float, range_: Any, distribution: Any, **where: str) -> dict[str, Any]:
    words = {"unit": "share a month", "source": "", "because": "", "says": ""} | where
    return {"name": name, "value": value, "range": range_, "distribution": distribution} | words


def _course(by: str | None, option: str | None, probability: float, *further: dict, other: float = 0.0) -> dict:
    """A course of play, and what may follow."""
    step = None if option is None else "aid_decision" if by else "fighting"
    return {
        "period": None if step is None else "2025-04", "step": step, "by": by, "option": option, "seen_as": None,
        "stays": False, "chance": probability, "probability": probability,
        "belief": {"aim": {"peace": 0.4, "reset": 0.6}}, "state": {"aid": "full", "strength": 0.5}, "ended": None,
        "over": False, "other": other, "further": list(further),
    }  # fmt: skip


def _belief(evidence: str | None, on: str | None, peace: float, likelihood: float) -> dict[str, Any]:
    posterior = {"peace": peace, "reset": 1.0 - peace}
    return {
        "evidence": evidence,
        "on": on,
        "says": f"Seen: {evidence}" if evidence else "", "doubt": "",
        "source": "https://example.org/news" if evidence else "",
        "posterior": posterior,
        "marginals": {"aim": posterior},
        "bayes_factors": {"aim": {"peace:reset": peace / (1.0 - peace)}} if evidence else {},
        "likelihood": {"peace": likelihood, "reset": 1.0},
    }


def _scored(
    name: str, by: str, happened: bool, model: Any, drawn: Any, before: float, crowd: Any, note: str = ""
) -> dict[str, Any]:
    return {
        "forecast": name,
        "by": by,
        "says": "A full truce is in force.",
        "happened": happened,
        "asked": "2025-03",
        "model": model,
        "over_draws": drawn,
        "status_quo": before,
        "base_rate": None,
        "crowd": crowd,
        "source": "https://example.org/outcome",
        "note": note,
    }


_ALONE = {"attacker": -0.1, "defender": 0.12, "patron": 0.2}


_ACCOUNT = {
    "actor": "attacker", "unit": "payoff", "total": 0.25, "stake": 12.5, "periods": ["2025-04", "afterwards"],
    "by_period": [0.1, 0.15],
    "terms": [
        {"term": "-war_cost * (truce != full)", "says": "war cost", "where": "truce is not full", "about": "",
         "amount": -0.25, "by_period": [-0.4, 0.15]},
        {"term": "", "says": "payment 0.5", "where": "", "about": "", "amount": 0.5, "by_period": [0.5, 0.0]},
    ],
}  # fmt: skip


def _worths(*shares: float | None) -> dict[str, Any]:
    """What a change is worth to each actor; one without a share has no stake."""
    return {
        actor: {"worth": 0.3 if share is None else 10.0 * share, "share": share, "error": None,
                "effect": "gains" if share is None or share > 0.0 else "loses"}
        for actor, share in zip(("attacker", "defender", "patron"), shares, strict=True)
    }  # fmt: skip


def _accounts() -> dict[str, Any]:
    both = ["white_house", "kremlin"]
    given = [
        {"name": "white_house", "by": "patron", "on": "2025-03-18", "source": "A readout", "says": "",
         "clauses": {"truce": "wide"}, "worth": _worths(-0.1, 0.2, None)},
        {"name": "kremlin", "by": "attacker", "on": "2025-03-18", "source": "", "says": "",
         "clauses": {"truce": "energy", "aid": "cut"}, "worth": _worths(0.2, -0.3, None)},
    ]  # fmt: skip
    truce = {
        "clause": "truce", "how": "contradicted", "values": {"white_house": "wide", "kremlin": "energy"},
        "wider": "white_house", "worth": _worths(-0.3, 0.4, None),
        "quotes": {"white_house": "an energy «and» infrastructure truce", "kremlin": "an energy infrastructure truce"},
    }  # fmt: skip
    aid = {
        "clause": "aid", "how": "only in one", "values": {"white_house": None, "kremlin": "cut"}, "wider": None,
        "worth": _worths(-0.1, 0.1, None), "quotes": {"white_house": "", "kremlin": ""},
    }  # fmt: skip
    sign = {
        "step": "raid", "option": "raid", "by": "attacker", "says": "the attacker raids", "on": "2025-04",
        "chance": {"white_house": 0.1, "kremlin": 0.4}, "ratio": 0.25, "speaks_for": "kremlin",
    }  # fmt: skip
    pair = {
        "between": both, "clauses": [truce, aid], "worth": _worths(-0.3, 0.5, None),
        "gains": {"attacker": "kremlin", "defender": "white_house", "patron": None}, "watch": [sign],
    }  # fmt: skip
    said = [
        {"account": name, "by": by, "cost": cost, "chance": {"white_house": 0.7, "kremlin": 0.4},
         "factors": {other: 1.75}}
        for name, by, cost, other in zip(both, ("patron", "attacker"), (0.5, 0.0), reversed(both), strict=True)
    ]  # fmt: skip
    statements = {"accounts": said, "belief": {"white_house": 0.6, "kremlin": 0.4}, "residual": 0.0}
    return {"accounts": given, "pairs": [pair], "statements": statements}


def _bundle(name: str, *shares: float) -> dict[str, Any]:
    share = dict(zip(("attacker", "defender", "patron"), shares, strict=True))
    return {"name": name, "share": share, "effect": {who: "gains" if x > 0 else "loses" for who, x in share.items()}}


def _clause(clause: str, name: str, alone: Any, adds: Any) -> dict[str, Any]:
    return {"clause": clause, "name": name, "says": "", "alone": alone, "marginal": adds, "shapley": adds}


def _piece(evidence: str, on: str, model: float, blind: float, status_quo: float) -> dict[str, Any]:
    adds = math.log(model / blind)
    return {
        "evidence": evidence, "on": on, "says": f"Seen: {evidence}", "doubt": "", "model": model,
        "over_draws": model + 0.01, "blind": blind, "status_quo": status_quo, "adds": adds, "move": True,
    }  # fmt: skip


def _gains(evidence: str, on: str, gains: dict[str, float | None]) -> dict[str, Any]:
    shares = {actor: None if gain is None else gain / 12.5 for actor, gain in gains.items()}
    return {"evidence": evidence, "on": on, "by": "patron", "doubt": "", "gains": gains, "shares": shares}


def _posture(posture: str, peace: float, reset: float, expected: float, regret: float) -> dict[str, Any]:
    return {
        "posture": posture,
        "worlds": {"peace": peace, "reset": reset},
        "expected": expected,
        "worst": min(peace, reset),
        "worst_regret": regret,
    }


def _deal(name: str, share: dict[str, float], *, pareto: bool) -> dict[str, Any]:
    return {
        "name": name,
        "clauses": {"truce": name.removesuffix("_truce")},
        "worth": {actor: 12.5 * part for actor, part in share.items()},
        "share": share,
        "effect": {a: "gains" if part > 0 else "loses" if part < 0 else "indifferent" for a, part in share.items()},
        "pareto": pareto,
    }


def _variant(name: str, prior: float, posterior: float, note: str = "") -> dict[str, Any]:
    return {
        "name": name, "says": f"The variant {name}.", "prior": prior, "posterior": posterior,
        "low": posterior - 0.1, "high": posterior + 0.1, "log_evidence": -3.2, "draws": 64, "valid": 60,
        "effective_sample_size": 41.5, "status": SOLVED, "note": note,
    }  # fmt: skip


def _in_variant(verdict: str, margin: float | None, share: float | None) -> dict[str, Any]:
    return {
        "verdict": verdict, "firmness": None, "holds": {"follows": True, "fails": False}.get(verdict), "margin": margin,
        "error": None, "share": share, "share_weighted": share,
    }  # fmt: skip


def _claim(
    name: str,
    holds: bool | None,
    margin: float | None,
    share: float | None,
    *,
    built_in: bool = False,
    status: str = SOLVED,
    note: str = "",
    firmness: str | None = None,
    rests_on: dict[str, Any] | None = None,
    finer: float | None = None,
) -> dict[str, Any]:
    return {
        "id": name,
        "says": f"A sentence of the assessment about {name}.",
        "holds": holds,
        "margin": margin,
        "share": share,
        "share_weighted": share,
        "built_in": built_in,
        "status": status,
        "note": note,
        "question": "worth(attacker, energy_truce) > 0",
        "at": "now",
        "shows": {"worth to the attacker": 0.42, "better than none": True} if holds else {},
        "rests_on": rests_on,
        "finer": None if finer is None else {"lattice": 40, "holds": finer > 0, "margin": finer},
        "verdict": {True: "follows", False: "fails", None: "no answer"}[holds],
        "firmness": "built in" if built_in else firmness,
        "error": None,
        "spread": None if margin is None else 0.2,
        "jumps": 0,
        "errors": {},
        "turns_in": {},
    }
