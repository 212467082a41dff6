"""Accounts as rows: the terms of a payoff in words, the largest first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from longgame.answers.explain_rows import AccountRow, AmountRow
from longgame.answers.naming import Naming, condition, spelled
from longgame.game.terms import Term, Terms
from longgame.queries.account import Account
from longgame.scenario.language.expressions import Binary, Name, Node, Number, Unary, walk

NIL = 1e-9  # of what is at stake: a term that never comes to more is left out
LATER, SHARE = "afterwards", "of its stake"


def account_row(naming: Naming, terms: Terms, account: Account, stake: float, per: float = 1.0) -> AccountRow:
    """An account as a row, divided by ``per`` (the stake, for a share)."""
    actor = naming.setting.game.actors[terms.actor]
    amounts = account.amounts / per
    nil = NIL * max(stake, NIL) / per
    last, some = amounts.shape[1] - 1, np.flatnonzero(np.abs(amounts).max(axis=0) > nil)
    columns = list(range(int(some[0]) if len(some) else last, last + 1))
    rows = [
        AmountRow(*told, amount=float(row.sum()), by_period=[float(x) for x in row[columns]])
        for told, row in zip(_terms(naming, terms, actor), amounts, strict=True)
        if np.abs(row).max() > nil
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


def _terms(naming: Naming, terms: Terms, actor: str) -> Iterator[tuple[str, str, str, str]]:
    """Of each row of an account: as it is written, in words, where it is there, and what is said of it."""
    for term in terms.terms:
        where = " and ".join(condition(test if true else Unary("not", test)) for test, true in term.tests)
        yield term.text, term_in_words(naming, term, actor), where, " ".join(_about(naming, term))
    for k in range(len(naming.setting.game.steps)):
        yield "pay", f"what is paid at {naming.step(k)}", "", naming.about_step(k)
    yield "pay", "what is paid on the way", "", ""
    yield "tastes", "private tastes", "", ""


def term_in_words(naming: Naming, term: Term, actor: str) -> str:
    """The names in a term, without its numbers and conditions; its conditions, where there is nothing else."""
    names = [_short(name, actor) for name in _factors(term.core)]
    if names:
        return " times ".join(dict.fromkeys(names))
    return "a constant" if isinstance(term.core, Number) else condition(term.core)


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


def _short(name: str, actor: str) -> str:
    """A name in words, without the actor whose it is."""
    parts = [part for part in name.split("_") if part != actor] or [name]
    return spelled("_".join(parts))


def _about(naming: Naming, term: Term) -> Iterator[str]:
    """What the scenario says of the assumptions and variables in a term."""
    scenario = naming.setting.scenario
    for name in dict.fromkeys(node.id for node in walk(term.core) if isinstance(node, Name)):
        block = scenario.assumptions.get(name) or scenario.state.get(name)
        if block is not None and block.says:
            yield block.says
