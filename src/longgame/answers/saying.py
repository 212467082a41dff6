"""What each function of the language of questions says, in words: 'the chance that truce is full by June'."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from longgame.answers import words
from longgame.answers.words import proper
from longgame.scenario.questions.tree import Changes, Take
from longgame.text import possessive

if TYPE_CHECKING:
    from longgame.answers.naming import Naming  # which uses this

Arguments = Mapping[str, Any]


def _worth(naming: Naming, given: Arguments) -> str:
    change: Changes = given["change"]
    others: Changes = given.get("than") or ()
    than = f" rather than {naming.changes(others)}" if others else ""
    match change, others:
        case (Take(step),), (Take(same, option),) if step == same:
            than = f" rather than {naming.option(same, option)}"
    moves = all(isinstance(one, Take) for one in change)
    what = "what it is worth to {} that {}" if moves else "the worth to {} of {}"
    return what.format(proper(given["actor"]), naming.changes(change)) + than


def _reservation(naming: Naming, given: Arguments) -> str:
    name = naming.ladder(given["ladder"])
    steps = f"“{naming.spelled(name)}”" if name else f"the {len(given['ladder'])} steps"
    than = f" rather than {naming.changes(given['than'])}" if given.get("than") else ""
    return f"how many of {steps} {proper(given['actor'])} would take{than}"


def _withhold(naming: Naming, given: Arguments) -> str:
    by, harmed = proper(given["by"]), proper(given["actor"])
    to = proper(given["to"]) if given.get("to") else harmed
    if given.get("posture"):
        return f"what {to} loses if {by} keeps to “{naming.spelled(given['posture'])}”"
    return f"what {to} loses if {by} keeps to its worst posture for {harmed}"


def _agreement(naming: Naming, given: Arguments) -> str:
    deals = words.listed([f"“{naming.spelled(name)}”" for name in given["deals"]], "or")
    return f"the chance that {deals} is in force{_when(naming, given)}"


def _holds_until(naming: Naming, given: Arguments) -> str:
    deal, end = naming.spelled(given["deal"]), naming.end_of(given["until"])
    return f"the chance that “{deal}” still stands at the end of {end}"


def _keeps(naming: Naming, given: Arguments) -> str:
    on = "" if given.get("on") is None else f" in {naming.period(given['on'])}"
    deal = f"“{naming.spelled(given['deal'])}”"
    return f"what {proper(given['actor'])} gains by keeping {deal}{on} rather than breaking it"


def _pieces(naming: Naming, given: Arguments) -> str:
    pieces = [naming.evidence(id) for id in given["evidence"]]
    told = words.listed(pieces) if len(pieces) <= 3 else f"{len(pieces)} events from {pieces[0]} to {pieces[-1]}"
    return f"what {proper(given['actor'])} gained by {told}"


def _chance(naming: Naming, given: Arguments) -> str:
    return f"the chance that {naming.condition(given['event'])}{_when(naming, given)}"


def _when(naming: Naming, given: Arguments) -> str:
    if given.get("on") is not None:
        return f" on {naming.end_of(given['on'])}"
    by = naming.setting.horizon if given.get("by") is None else given["by"]
    return f" by {naming.end_of(by)}"


def _expected(naming: Naming, given: Arguments) -> str:
    on = naming.setting.horizon if given.get("on") is None else given["on"]
    return f"the expected {naming.condition(given['quantity'])} on {naming.end_of(on)}"


def _lead(naming: Naming, given: Arguments) -> str:
    rule = {"maximin": "by the worst case", "regret": "by the least regret"}.get(given.get("rule", ""), "on average")
    posture, actor = naming.spelled(given["posture"]), proper(given["actor"])
    return f"how far “{posture}” is ahead of {possessive(actor)} next best posture {rule}"


def _information(naming: Naming, given: Arguments) -> str:
    what = naming.spelled(given["about"]) if given.get("about") else "the whole truth"
    return f"what it is worth to {proper(given['actor'])} to learn {what} before it chooses a posture"


def _menu_share(naming: Naming, given: Arguments) -> str:
    return _deal_share(naming, given).replace("the deals", "all bundles of clauses")


def _deal_share(naming: Naming, given: Arguments) -> str:
    by, harmed = (words.listed([proper(name) for name in given.get(key, ())]) for key in ("accepted_by", "harms"))
    return f"the share, among the deals by which {by or 'nobody in particular'} gains, of those by which {harmed} loses"


def _shapley(naming: Naming, given: Arguments) -> str:
    bundle, clause = words.listed([part.label for part in given["bundle"]]), naming.spelled(given["clause"])
    return f"what {clause} adds, in any order, to the worth to {proper(given['actor'])} of {bundle}"


SAYS: Mapping[str, Callable[[Naming, Arguments], str]] = {
    "value": lambda naming, given: f"what {proper(given['actor'])} can expect",
    "worth": _worth,
    "worth_share": lambda naming, given: _worth(naming, given),
    "reservation": _reservation,
    "withhold": _withhold,
    "stake": lambda naming, given: f"what is at stake for {proper(given['actor'])}",
    "choice": lambda naming, given: f"the chance that {naming.taken(given['option'].step, given['option'].option)}",
    "belief": lambda naming, given: f"the belief that {naming.condition(given['condition'])}",
    "prior": lambda naming, given: f"the belief before any evidence that {naming.condition(given['condition'])}",
    "likelihood": lambda naming, given: f"how likely {naming.evidence(given['evidence'])} was",
    "prior_predictive": lambda naming, given: f"how likely {naming.evidence(given['evidence'])} was at the start",
    "bayes_factor": lambda naming, given: (
        f"how many times as likely {naming.evidence(given['evidence'])} was if {naming.condition(given['condition'])}"
        f" as if {naming.condition(given['against'])}"
    ),
    "gain": _pieces,
    "gain_share": lambda naming, given: _pieces(naming, given),
    "chance": _chance,
    "agreement": _agreement,
    "holds_until": _holds_until,
    "keeps": _keeps,
    "present": lambda naming, given: f"the chance that {naming.condition(given['event'])} at that moment",
    "expected": _expected,
    "lead": _lead,
    "information_value": _information,
    "turning_belief": lambda naming, given: (
        f"the belief that {naming.condition(given['condition'])} from which"
        f" “{naming.spelled(given['posture'])}” is best for {proper(given['actor'])}"
    ),
    "turning_chance": lambda naming, given: (
        f"the chance that “{naming.spelled(given['posture'])}” comes to be best for {proper(given['actor'])}"
        f"{_when(naming, given)}"
    ),
    "deal_share": _deal_share,
    "menu_share": _menu_share,
    "shapley": _shapley,
}
