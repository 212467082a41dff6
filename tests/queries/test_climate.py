"""An accord of several governments, each with a cost that it alone knows: against the exact method, and by symmetry."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from longgame.queries.questions import answer
from longgame.run.precision import ask
from longgame.run.study import Study
from longgame.scenario.formulas import Question
from longgame.scenario.load import loads
from longgame.scenario.questions.understand import understand

SIX = "usa", "china", "eu", "india", "brazil", "gulf"
FOUR = "usa", "eu", "brazil", "gulf"


def climate(members: Sequence[str], periods: int, need: int, lattice: int, secrets: Sequence[str] = ()) -> str:
    """The first member may pay the last to sign; each of them may sign once; so many signatures may be ratified.

    ``secrets``: the members in the order in which what is hidden is written down.
    """
    first, last = members[0], members[-1]
    lines = [
        "title: Climate accord",
        f"clock: {{start: 2025, step: 1 year, periods: {periods}}}",
        "actors:",
        *(f"  {m}: {{rationality: 20, discount: 0.9}}" for m in members),
        "assumptions:",
        "  benefit: {value: 3, range: [1, 6], source: judgement, because: An example.}",
        "  transfer: {value: 0.5, range: [0, 1], source: judgement, because: An example.}",
        "  cheap: {value: 0.5, range: [0.1, 1], source: judgement, because: An example.}",
        "  dear: {value: 2, range: [1, 4], source: judgement, because: An example.}",
        "state:",
        "  force: {values: [nothing, yes], start: nothing}",
        "  paid: {values: [nothing, yes], start: nothing}",
        *(f"  sig_{m}: {{values: [out, signed], start: out}}" for m in members),
        "definitions:",
        "  signers: " + " + ".join(f"(sig_{m} == signed)" for m in members),
        "hidden:",
        *(
            f"  cost_{m}: {{known_to: [{m}], values: {{low: 0.5, high: 0.5}}, source: judgement, because: Private.}}"
            for m in secrets or members
        ),
        "period:",
        f"  - offer: side_payment\n    by: {first}\n    to: [{last}]\n    when: force == nothing and paid == nothing",
        f"    deals: {{pay: {{paid: yes, sig_{last}: signed, pay: {{{first}: -transfer, {last}: transfer}}}}}}",
        *(
            f"  - move: sign_{m}\n    by: {m}\n    when: sig_{m} == out and force == nothing\n"
            f"    options: {{sign: {{set: {{sig_{m}: signed}}}}, wait: {{}}}}"
            for m in members
        ),
        f"  - chance: ratification\n    when: force == nothing and signers >= {need}",
        "    outcomes: {enters: {p: 0.9, set: {force: yes}}, delayed: {p: rest}}",
        "payoffs:",
        *(
            f"  {m}: (force == yes) * (benefit - (cheap if cost_{m} == low else dear) * (sig_{m} == signed))"
            for m in members
        ),
        f"solver: {{lattice: {lattice}}}",
    ]
    return "\n".join(lines)


def asked(study: Study, *texts: str) -> list:
    """Questions, bound to a study."""
    return [study.binder.bind(understand(study.scenario, Question(text), "now")) for text in texts]


def test_four_governments_are_those_of_the_exact_method():
    study = Study.of(loads(climate(FOUR, 2, 3, 5)))
    assert study.exact and study.game.factored
    bound = asked(
        study,
        "chance(force == yes, by=2025)",
        "chance(force == yes)",
        "worth(brazil, sign_brazil.wait, than=sign_brazil.sign)",
        "worth(usa, side_payment.pay)",
        "value(gulf, given=cost_gulf == high)",
        "value(eu, given=cost_gulf == high and cost_usa == low)",
        "choice(sign_eu.sign, given=cost_eu == low)",
    )
    exact = [one.value for one in answer(study.draw().case, bound)]
    base = ask(study.on_lattice, [atom for one in bound for atom in one.atoms], told=bound)
    found = [one.work_out(base.found).value for one in bound]
    for right, mine, one in zip(exact, found, bound, strict=True):
        error = base.error(one)
        assert right is not None and mine is not None and error is not None
        assert abs(mine - right) <= max(error, 1e-4), one
        assert abs(mine - right) < 0.05 * max(1.0, abs(right)), one


def test_the_order_in_which_secrets_are_written_down_changes_nothing():
    """Six governments: the lattice of each state is laid out anew; whoever is asked about stands elsewhere in it."""
    texts = (
        "chance(force == yes, by=2026)",
        "worth(brazil, sign_brazil.wait, than=sign_brazil.sign)",
        "value(china, given=cost_gulf == high)",
        "choice(sign_india.sign, given=cost_india == high)",
    )
    found = []
    for secrets in (SIX, SIX[::-1], (*SIX[3:], *SIX[:3])):
        study = Study.of(loads(climate(SIX, 2, 4, 2, secrets))).on_lattice
        assert study.game.factored
        found.append([one.value for one in answer(study.draw().case, asked(study, *texts))])
    assert found[1] == pytest.approx(found[0], abs=1e-8)
    assert found[2] == pytest.approx(found[0], abs=1e-8)
    assert 0.01 < found[0][0] < 0.99
