"""What a bundle of clauses is worth to each actor, taken apart into terms of its payoff and what the clauses pay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from longgame.answers import words
from longgame.answers.accounts import SHARE, account_row
from longgame.answers.explain_rows import AccountRow
from longgame.answers.explain_words import account_table
from longgame.answers.naming import Naming
from longgame.answers.parts import Part
from longgame.errors import Place, Problem, ScenarioError
from longgame.game.terms import Terms
from longgame.queries.account import Account, Accounting
from longgame.queries.bundles import bundle_levels, called, paid_by_period
from longgame.queries.places import Places, View
from longgame.run.study import SolvedDraw, Study
from longgame.scenario.bundles import Bundle, ClausePart, unfit
from longgame.text import nearest


@dataclass(frozen=True)
class BundleAccountRow:
    """A bundle with the account of what it is worth to each actor, in its units of payoff, in the order of actors.

    What each clause pays at once is a row of its own, called as the clause is, whose ``term`` is empty.
    """

    name: str
    accounts: list[AccountRow]


def bundle_accounts(study: Study, draw: SolvedDraw, bundles: Sequence[Bundle], at: str | int) -> list[BundleAccountRow]:
    """The accounts of some bundles at a date, all of an actor from one pass through the solution of a draw."""
    if not bundles:
        return []
    case, places, naming = draw.case, Places(draw.case), Naming(study.binder.setting)
    terms = [Terms.of(study.scenario, study.game, draw.theta, n) for n in range(len(study.game.actors))]
    accounting = Accounting(case, terms.__getitem__)
    asked = [[accounting.ask(n, bundle_levels(case, places, View(at), bundle)) for n in range(len(terms))]
             for bundle in bundles]  # fmt: skip
    accounting.work_out()
    found = []
    for bundle, row in zip(bundles, asked, strict=True):
        paying = [part for part in bundle if part.pay]
        paid = paid_by_period(case, places, View(at), paying)  # [P, N, T + 1]
        accounts = [
            account_row(
                naming, terms[n], Account(np.vstack([one.found.amounts, paid[:, n]])), float(draw.tables.stake[n]),
                paid=[part.label for part in paying],
            )
            for n, one in enumerate(row)
        ]  # fmt: skip
        found.append(BundleAccountRow(called(bundle), accounts))
    return found


def named(study: Study, bundles: Iterable[Bundle], names: Sequence[str]) -> list[Bundle]:
    """The bundles of some names, as they are printed: parts joined by plus signs, in any order.

    Raises ScenarioError for one that there is not.
    """
    known, parts = dict[frozenset[str], Bundle](), dict[str, ClausePart]()
    for bundle in bundles:
        known[frozenset(part.label for part in bundle)] = bundle
        parts |= {part.label: part for part in bundle}
    found = []
    for name in names:
        labels = [_label(part) for part in re.split(r"\s*\+\s*", name.strip())]
        bundle = known.get(frozenset(labels))
        if bundle is None:
            strange = [label for label in labels if label not in parts]
            expected = "a bundle of the clauses, as `fence=low + tree`"
            what = f"`{strange[0]}`" if strange else unfit(study.scenario.clauses, tuple(parts[x] for x in labels))
            fix = (nearest(strange[0], parts) or f"Known: {words.listed(list(parts))}.") if strange else ""
            raise ScenarioError([Problem("unknown-bundle", Place(path="--bundle"), expected, what or "nothing", fix)])
        found.append(bundle)
    return found


def _label(text: str) -> str:
    return re.sub(r"\s*={1,2}\s*", "=", text.strip())


def rows_of(found: Sequence[BundleAccountRow]) -> list[dict[str, Any]]:
    """A row for each bundle, actor and term, with its amount in units of payoff, by period and in all."""
    return [
        {"bundle": one.name, "actor": account.actor, "says": term.says, "where": term.where, "term": term.term}
        | {"amount": term.amount, "share": term.amount / account.stake if account.stake > 0.0 else None}
        | dict(zip(account.periods, term.by_period, strict=True))
        for one in found
        for account in one.accounts
        for term in account.terms
    ]


def parts(row: Mapping[str, Any], actors: Sequence[str] = ()) -> list[Part]:
    """The accounts of a bundle as tables, in shares of stakes; of some actors, or of all."""
    shown = [one for one in row["accounts"] if not actors or one["actor"] in actors]
    return [account_table(_in_shares(one), f"What {row['name']} is worth, by payoff term") for one in shown]


def _in_shares(account: Mapping[str, Any]) -> Mapping[str, Any]:
    """An account as shares of the stake, where there is one."""
    stake = account["stake"]
    if not stake > 0.0:
        return account
    return {
        **account, "unit": SHARE, "total": account["total"] / stake,
        "by_period": [x / stake for x in account["by_period"]],
        "terms": [{**term, "amount": term["amount"] / stake, "by_period": [x / stake for x in term["by_period"]]}
                  for term in account["terms"]],
    }  # fmt: skip
