"""Are known coefficients found again, and do the intervals hold what they promise? Written to benchmarks/RECOVERY.md.

    python benchmarks/recovery.py [--sets SETS] [--cases CASES] [--only GAME ...]

For each of five games sets of cases are simulated with known coefficients, which are then estimated from what was seen.
Of intervals of 95 % about so many should hold the true value.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from longgame.inference.cases import CaseData
from longgame.run.estimation import Estimation
from longgame.scenario.case_file import CaseFile
from longgame.scenario.load import load
from longgame.scenario.model import Scenario

HERE = Path(__file__).parent
ESTIMATES = HERE.parent / "tests" / "cases" / "estimates"
CRISIS = ESTIMATES / "crisis.yaml"
WIDE = 1.959963984540054
X = np.linspace(-1.0, 1.0, 21)  # of the covariate: games that differ in nothing are solved once


@dataclass(frozen=True)
class Known:
    """A game with its coefficients, and the words of all ways in which it can go; x is one of X."""

    text: str
    beta: tuple[float, ...]
    words: tuple[str, ...]

    def scenario(self) -> Scenario:
        """The scenario."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "game.yaml"
            path.write_text(self.text, encoding="utf-8")
            return load(path)


GAMES = {
    "centipede": Known(
        (ESTIMATES / "centipede_along.yaml").read_text(encoding="utf-8"),
        (1.5, 0.6),
        ("take1", "take2", "take3", "take4", "passed"),
    ),
    "beer-quiche": Known(
        """extends: beer-quiche
claims: null
evidence: null
assumptions: {quiet: {value: 1}}
estimate:
  formulas: {strong_share: const + x, precision: const}
  evidence:
    - column: went
      means:
        beer_left: {order: beer, challenge: leave}
        beer_fought: {order: beer, challenge: fight}
        quiche_left: {order: quiche, challenge: leave}
        quiche_fought: {order: quiche, challenge: fight}
  coefficients: {strong_share.const: {start: 0.5}, precision.const: {start: 2, bounds: [0, 100]}}
""",
        (0.55, 0.2, 5.0),
        ("beer_left", "beer_fought", "quiche_left", "quiche_fought"),
    ),
    "take-it-or-leave-it": Known(
        """extends: take-it-or-leave-it
claims: null
evidence: null
actors: {proposer: {rationality: 12}, responder: {rationality: 12}}
assumptions: {prior_anxious: {range: [0, 1]}}
estimate:
  formulas: {prior_anxious: const + x, proposer_cost: const}
  evidence:
    - column: went
      means:
        none: {terms: no_offer}
        modest_yes: {terms: modest, terms.modest.responder: accept}
        modest_no: {terms: modest, terms.modest.responder: reject}
        bold_yes: {terms: bold, terms.bold.responder: accept}
        bold_no: {terms: bold, terms.bold.responder: reject}
  coefficients: {prior_anxious.const: {start: 0.5}, proposer_cost.const: {start: 0.1}}
""",
        (0.5, 0.25, 0.12),
        ("none", "modest_yes", "modest_no", "bold_yes", "bold_no"),
    ),
    "deterrence-crisis, one month": Known(
        """extends: deterrence-crisis
clock: {periods: 1}
claims: null
evidence: null
forecasts: null
actors: {challenger: {rationality: 12}, defender: {rationality: 12}}
estimate:
  formulas: {prior_resolute: const + x, cost_of_war_challenger: const}
  evidence:
    - column: went
      means:
        kept_quiet: {forces_decision: keep, challenge: refrain}
        kept_gave: {forces_decision: keep, challenge: challenge, answer: give_in}
        kept_withdrew: {forces_decision: keep, challenge: challenge, answer: threaten, reply: withdraw}
        kept_last: {forces_decision: keep, challenge: challenge, answer: threaten, reply: press, last_word: give_in}
        kept_war: {forces_decision: keep, challenge: challenge, answer: threaten, reply: press, last_word: fight}
        raised_quiet: {forces_decision: raise, challenge: refrain}
        raised_gave: {forces_decision: raise, challenge: challenge, answer: give_in}
        raised_withdrew: {forces_decision: raise, challenge: challenge, answer: threaten, reply: withdraw}
        raised_last: {forces_decision: raise, challenge: challenge, answer: threaten, reply: press, last_word: give_in}
        raised_war: {forces_decision: raise, challenge: challenge, answer: threaten, reply: press, last_word: fight}
  coefficients: {prior_resolute.const: {start: 0.4}, cost_of_war_challenger.const: {start: 0.3}}
""",
        (0.45, 0.2, 0.35),
        tuple(f"{one}_{end}" for one in ("kept", "raised") for end in ("quiet", "gave", "withdrew", "last", "war")),
    ),
    "escalation (probit)": Known(
        f"""extends: {CRISIS}
estimate:
  formulas: {{status_quo: const, war: const, resistance: const + x}}
  evidence:
    - column: went
      means:
        stay: {{escalation: stay}}
        give_in: {{escalation: escalate, answer: give_in}}
        resist: {{escalation: escalate, answer: resist}}
""",
        (-0.4, -1.2, 0.2, 2.0),
        ("stay", "give_in", "resist"),
    ),
}


def cases_of(words: Sequence[str], x: np.ndarray) -> CaseFile:
    """A file with covariates [n] and how the play of each row went."""
    columns = {"x": [repr(float(value)) for value in x], "went": list(words)}
    return CaseFile("simulated", columns, list(range(2, len(x) + 2)))


def chances(known: Known, scenario: Scenario) -> tuple[np.ndarray, Estimation]:
    """[len(X), words] how likely each way is at each value of x, at the true coefficients; and what it was bound to."""
    every = Estimation.of(scenario, cases_of(known.words * len(X), np.repeat(X, len(known.words))))
    log, _ = every.objective(np.array(known.beta))
    chance = np.exp(log[every.line_record]).reshape(len(X), len(known.words))
    assert np.allclose(chance.sum(axis=1), 1.0)
    return chance, every


def simulate(known: Known, chance: np.ndarray, cases: int, rng: np.random.Generator) -> CaseFile:
    """Cases with known coefficients."""
    at = rng.integers(0, len(X), cases)
    went = (rng.random(cases)[:, None] > chance[at].cumsum(axis=1)).sum(axis=1)
    return cases_of([known.words[i] for i in went.tolist()], X[at])


def recover(known: Known, sets: int, cases: int) -> tuple[np.ndarray, np.ndarray, list[str], float, int]:
    """By set of cases and coefficient: the estimate and its error; the coefficients, seconds a fit, and failures."""
    scenario = known.scenario()
    chance, every = chances(known, scenario)
    betas, errors, failed, seconds = [], [], 0, 0.0
    for number in range(sets):
        file = simulate(known, chance, cases, np.random.default_rng([7, number]))
        began = time.process_time()
        estimation = Estimation(scenario, every.game, CaseData.of(scenario, file))  # compiled once
        found = estimation.fit(searches=1)
        seconds += time.process_time() - began
        if not found.maximum.converged or not np.isfinite(found.standard_error).all():
            failed += 1
            continue
        betas.append(found.maximum.beta)
        errors.append(found.standard_error)
    return np.array(betas), np.array(errors), list(every.coefficients), seconds / sets, failed


def main() -> None:
    """Recover the coefficients of all games, and write down how that went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=200)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--only", nargs="*", default=list(GAMES))
    asked = parser.parse_args()
    lines, held, whole = [], 0, 0
    for name in asked.only:
        known = GAMES[name]
        betas, errors, names, seconds, failed = recover(known, asked.sets, asked.cases)
        inside = np.abs(betas - known.beta) <= WIDE * errors
        held, whole = held + int(inside.sum()), whole + inside.size
        for k, coefficient in enumerate(names):
            row = [name if k == 0 else "", f"`{coefficient}`", f"{known.beta[k]:g}", f"{betas[:, k].mean():.3f}"]
            row += [f"{betas[:, k].std():.3f}", f"{errors[:, k].mean():.3f}", f"{100 * inside[:, k].mean():.1f} %"]
            row += [f"{100 * inside.mean():.1f} %", str(failed), f"{seconds:.2f}"] if k == 0 else ["", "", ""]
            lines.append("| " + " | ".join(row) + " |")
            print(lines[-1], flush=True)
    share = f"{100 * held / whole:.1f} %"
    text = f"""# Recovery

Made by `python benchmarks/recovery.py --sets {asked.sets} --cases {asked.cases}` on {date.today().isoformat()}.

Each of {asked.sets} sets of {asked.cases} cases was simulated with the true coefficients and estimated again,
with errors from the Hessian and one search each. The covariate x of a case is one of {len(X)} values from -1 to 1.

* `held`: how many of the intervals of 95 % hold the true value, by coefficient and for the whole game;
  of all {whole:,} intervals it is **{share}**.
* `lost`: sets in which no maximum with errors was found.
* Seconds are those of one core for one set.

| game | coefficient | true | mean | spread | mean error | held | game | lost | seconds |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
{chr(10).join(lines)}
"""
    if asked.only == list(GAMES):
        (HERE / "RECOVERY.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
