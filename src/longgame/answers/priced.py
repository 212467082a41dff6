"""All bundles of a scenario's clauses, priced by one solution: what ``longgame clauses`` prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from longgame.answers import bundle_accounts
from longgame.answers.answers import OnScenario, origin, refuse_no_game
from longgame.answers.block import plain
from longgame.answers.bundle_accounts import BundleAccountRow, named, rows_of
from longgame.answers.bundles import BundlesRow, bundles_row, parts, refuse_strangers
from longgame.answers.deals import parties_of
from longgame.answers.parts import Part
from longgame.answers.solver import worst
from longgame.errors import Problem, ScenarioError
from longgame.queries.bundles import BundleTable
from longgame.queries.meaning import bundle_table
from longgame.run.precision import ask
from longgame.run.study import Progress, Study, silent
from longgame.scenario.load import AnyScenario, scenario_of
from longgame.solver.solution import Status


@dataclass(frozen=True)
class PricedBundles(OnScenario):
    """All bundles of a scenario's clauses, priced at a date."""

    at: str
    bundles: BundlesRow
    status: Status
    table: BundleTable

    @property
    def accounts(self) -> list[BundleAccountRow]:
        """Of the bundles that were to be taken apart, the account of each actor by payoff term."""
        return self.bundles.accounts

    def to_json(self) -> dict[str, Any]:
        """The answer as nested dicts and lists that ``json.dumps`` writes as they are; not every bundle by itself."""
        return plain({name: value for name, value in vars(self).items() if name != "table"})

    def in_parts(self) -> list[Part]:
        """The bundles that were to be taken apart, or else what is said of all."""
        found = self.to_json()["bundles"]
        apart = [part for one in found["accounts"] for part in bundle_accounts.parts(one)]
        return apart or parts(found)

    def rows(self) -> list[dict[str, Any]]:
        """A row for each term of the accounts, where some were asked for; else for each bundle.

        Of a bundle: its worth to each actor in units of payoff, as a share of its stake (None for one without a
        stake), and by world.
        """
        if self.accounts:
            return rows_of(self.accounts)
        deals, prices = self.table.table, self.table.prices
        ends = [f" if {world}" for world in self.table.worlds]
        labels = [f"{actor}{end}" for end in ("", " as a share", *ends) for actor in deals.actors]
        share = np.where(deals.stake > 0.0, deals.gains, np.nan)
        numbers = np.column_stack([deals.worth, share, *np.moveaxis(prices[:, :, :-1], 2, 0)])
        return [
            {"bundle": name}
            | {label: None if np.isnan(x) else float(x) for label, x in zip(labels, row, strict=True)}
            for name, row in zip(self.table.names, numbers, strict=True)
        ]


def clauses(
    scenario: AnyScenario,
    *,
    between: Sequence[str] = (),
    at: str | int = "now",
    bundles: Sequence[str] = (),
    progress: Progress | None = None,
) -> PricedBundles:
    """Price all that can be put together of a scenario's clauses, from one solution.

    Args:
        scenario: one that has passed the checks and has ``clauses``; or a file, or the name of a shipped one.
        between: who bargains; the parties of each offer, if nobody is named.
        at: the date: after all evidence up to it; ``now`` or ``start``.
        bundles: those whose worth is to be taken apart by payoff term (``accounts``), by name: ``fence=low + tree``.
        progress: as for ``assess``.

    Raises:
        ScenarioError: the scenario has no clauses, too many bundles, or makes no game; a party is no actor of it, or
            there is no such bundle.
    """
    given = scenario_of(scenario)
    if not given.clauses:
        fix = "Add `clauses: {VARIABLE: [VALUE, ...]}`."
        raise ScenarioError([Problem("no-clauses", given.place(()), "clauses: what can be agreed upon", "none", fix)])
    refuse_strangers(given.actors, between, "--between")
    study = Study.of(given.model_copy(update={"claims": {}}))
    wanted = named(study, study.binder.setting.bundles, bundles)
    needed, table = bundle_table(study.binder.setting, at)
    asked = ask(study, needed, progress=progress or silent, ready=refuse_no_game)
    made = table(asked.found)
    row = bundles_row(study, made, [tuple(between)] if between else parties_of(study))
    return PricedBundles(
        **origin(given),
        at=str(at),
        bundles=replace(row, accounts=bundle_accounts.bundle_accounts(asked.study, asked.draw, wanted, at)),
        status=worst(asked.draw.statuses.values()),
        table=made,
    )
