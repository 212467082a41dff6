"""Accounts as rows: the terms of a payoff in words, the largest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from longgame.answers.explain_rows import AccountRow, AmountRow
from longgame.answers.naming import Naming
from longgame.game.terms import Term, Terms
from longgame.queries.account import Account
from longgame.scenario.language.expressions import Binary, Name, Node, Number, Unary, walk

NIL = 1e-9  # of what is at stake: a term that never comes to more is left out
LATER, SHARE = "afterwards", "of its stake"


def account_row(
    naming: Naming, terms: Terms, account: Account, stake: float, per: float = 1.0, paid: Sequence[str] = ()
) -> AccountRow:
    """An account as a row, divided by ``per`` (the stake, for a share). ``paid``: what its last rows, if any, are."""
    actor = naming.setting.game.actors[terms.actor]
    amounts = account.amounts / per
    own = len(amounts) - len(paid)
    nil = NIL * max(stake, NIL) / per
    last, some = amounts.shape[1] - 1, np.flatnonzero(np.abs(amounts).max(axis=0) > nil)
    columns = list(range(int(some[0]) if len(some) else last, last + 1))
    rows = [
        AmountRow(
            **(_told_once(naming, terms, row) if row < own else _plainly(paid[row - own])),
            amount=float(amount.sum()),
            by_period=amount[columns].tolist(),
        )
        for row, amount in enumerate(amounts)
        if np.abs(amount).max() > nil
    ]
    return AccountRow(
        actor=actor,
        unit=naming.unit(actor) if per == 1.0 else SHARE,
        total=account.total / per,
        stake=stake,
        periods=[*(naming.period(t) for t in columns[:-1]), LATER],
        terms=sorted(rows, key=lambda row: -abs(row.amount)),
        by_period=[float(x) for x in amounts[:, columns].sum(axis=0)],
    )


def shortened(account: AccountRow, most: int) -> AccountRow:
    """The same with its so many largest terms, and all else as one, without what is said of them."""
    kept, rest = account.terms[:most], account.terms[most:]
    rows = [replace(row, about="") for row in kept]
    if rest:
        sums = [sum(row.by_period[n] for row in rest) for n in range(len(account.periods))]
        rows.append(AmountRow("", "all else", "", "", sum(row.amount for row in rest), sums))
    return replace(account, terms=rows)


def _told_once(naming: Naming, terms: Terms, row: int) -> dict[str, str]:
    """The same, worked out once for all accounts."""
    key = terms.actor, row
    if key not in naming.told:
        naming.told[key] = _told(naming, terms, row)
    return naming.told[key]


def _plainly(says: str) -> dict[str, str]:
    """A row of an account that is no term of the payoff."""
    return {"term": "", "says": says, "where": "", "about": ""}


def _told(naming: Naming, terms: Terms, row: int) -> dict[str, str]:
    """A row of an account: as it is written, in words, where it is there, and what is said of it."""
    steps = len(naming.setting.game.steps)
    if row >= len(terms) + steps:
        return _plainly(("what the change pays at once", "private tastes")[row - len(terms) - steps])
    if row >= len(terms):
        k = row - len(terms)
        return {"term": "", "says": f"pay at {naming.step(k)}", "where": "", "about": naming.about_step(k)}
    term, actor = terms.terms[row], naming.setting.game.actors[terms.actor]
    where = (naming.condition(test if true else Unary("not", test)) for test, true in term.tests)
    about = " ".join(_about(naming, term))
    return {"term": term.text, "says": _in_words(naming, term, actor), "where": " and ".join(where), "about": about}


def _in_words(naming: Naming, term: Term, actor: str) -> str:
    """The names in a term, without its numbers and conditions; its conditions, where there is nothing else."""
    names = [naming.spelled(name, actor) for name in _factors(term.core)]
    if names:
        return " times ".join(dict.fromkeys(names))
    return "a constant" if isinstance(term.core, Number) else naming.condition(term.core)


def _factors(node: Node) -> Iterator[str]:
    """The names that are multiplied in a product."""
    match node:
        case Name(name):
            yield name
        case Binary("*" | "/", left, right):
            yield from _factors(left)
            yield from _factors(right)
        case Unary("-", operand):
            yield from _factors(operand)


def _about(naming: Naming, term: Term) -> Iterator[str]:
    """What the scenario says of the assumptions and variables in a term."""
    scenario = naming.setting.scenario
    for name in dict.fromkeys(node.id for node in walk(term.core) if isinstance(node, Name)):
        block = scenario.assumptions.get(name) or scenario.state.get(name)
        if block is not None and block.says:
            yield block.says
