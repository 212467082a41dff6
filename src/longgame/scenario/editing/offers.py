"""What may stand under a cursor: one list, from which editors complete and in which a word is looked up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, get_args, get_origin

from longgame.scenario import library
from longgame.scenario.editing.cursor import Cursor
from longgame.scenario.editing.expression import REST_ENTRY, formula_entries, question_entries
from longgame.scenario.editing.names import Entry, Names, StepNames
from longgame.scenario.expand import ACCEPT, NO_OFFER, REJECT
from longgame.scenario.families import EACH, FAMILIES
from longgame.scenario.fields import Beside
from longgame.scenario.formulas import OTHERWISE, Cases
from longgame.scenario.kinds import bare, fields_of, inside, is_question, role_at, tag_of, target_at
from longgame.scenario.merge import POSITIONS, REMOVE
from longgame.scenario.model import END_OF_PERIOD, STEP_KINDS, Scenario
from longgame.scenario.places import Path

DEPENDS = "depends on"
_EXTENDS = Entry("extends", "key", "The file, or the shipped scenario, that this one builds on.", insert="extends: ")
_MOVED = [Entry(word, "key", f"The step {word} which this one is put.", insert=f"{word}: ") for word in POSITIONS]
_REMOVED = Entry(REMOVE, "key", "The step of the extended scenario to take out.", insert=f"{REMOVE}: ")
_CASES = [
    Entry(DEPENDS, "key", "The variable whose value decides; the values stand beside it.", insert=f"{DEPENDS}: "),
    Entry(OTHERWISE, "key", "All values that are not named.", insert=f"{OTHERWISE}: "),
]
_NOW = [
    Entry("now", "word", "After all evidence."),
    Entry("start", "word", "Before any evidence."),
]
_JUDGEMENT = Entry("judgement", "word", "The number is your own; say why under `because`.")
_STEPS = [f"1 {unit}" for unit in ("day", "week", "month", "quarter", "year")]


def entries_at(names: Names, cursor: Cursor, before: str) -> list[Entry]:
    """What may stand at a cursor. ``before`` is what stands there before the word that is being written."""
    found: list[Entry] = []
    if cursor.at != "value":
        found += _keys(names, cursor)
    if cursor.at != "key":
        found += _values(names, cursor, before)
    return found


# --- keys -------------------------------------------------------------------------------------------------------------


def _keys(names: Names, cursor: Cursor) -> list[Entry]:
    path, beside = cursor.path, cursor.beside
    kind = _kind_at(names, path, beside)
    if path[:1] == ("period",) and len(path) == 2:
        return _step_keys(names, path, beside)
    if role_at(path) is not None:
        return _cases(names, path, beside)
    found = [] if kind is None else _fields(kind)
    if not path:
        found.append(_EXTENDS)
    return [*found, *_names_as_keys(names, path)]


def _fields(kind: Any) -> list[Entry]:
    """The keys of a block of this type, with what they mean."""
    spread = kind._spread() if isinstance(kind, type) and issubclass(kind, Beside) else None
    return [
        Entry(name, "key", " ".join((field.description or "").split()), insert=_insert(name, field.annotation))
        for name, field in fields_of(kind).items()
        if name != spread
    ]


def _insert(name: str, annotation: Any) -> str:
    kind = bare(annotation)
    block = bool(fields_of(kind)) or get_origin(kind) is dict
    return f"{name}:" if block and kind is not Cases else f"{name}: "


def _step_keys(names: Names, path: Path, beside: Any) -> list[Entry]:
    """The keys of a step: of its kind, once that is written."""
    written = [kind for kind in STEP_KINDS if kind in beside or names.text((*path, kind))]
    steps = {tag_of(choice): bare(choice) for choice in get_args(bare(inside(inside(Scenario, "period"), 0)))}
    found = {entry.name: entry for kind in written[:1] or STEP_KINDS for entry in _fields(steps[kind])}
    return [*found.values(), *([*_MOVED, _REMOVED] if names.extended else [])]


def _cases(names: Names, path: Path, beside: Any) -> list[Entry]:
    variable = beside.get(DEPENDS) or names.text((*path, DEPENDS))
    return [*names.words_of(variable), *_CASES]


def _names_as_keys(names: Names, path: Path) -> list[Entry]:
    """Names that stand as keys: of actors, variables, steps, of what is changed in the scenario that is extended."""
    last = path[-1] if path else ""
    if path[:2] == ("solver", "near"):
        moves = [m for step in names.steps if step.kind != "chance" for m in _one_each(step)]
        if len(path) == 2:
            return _as_keys([_step_entry(names, step) for step in moves])
        return _as_keys([entry for step in moves if step.name == last for entry in names.options(step)])
    if path[:1] == ("period",) and path[2:] == ("moves",):
        return _as_keys(names.block("actors"))
    if path in (("payoffs",), ("end_values",), ("postures",)) or last == "pay" or (path[:1] + path[2:]) == (
        "ends",
        "values",
    ):
        return _as_keys(names.block("actors"))
    if path[:1] == ("period",) and path[2:] == ("true when",):
        return _as_keys([entry for step in names.steps if step.path == path[:2] for entry in names.options(step)])
    if last in ("set", "seen") and len(path) > 2:
        return _as_keys(names.block("state"))
    if (path[:1] == ("deals",) and len(path) == 2) or (path[:1] == ("period",) and path[2:3] == ("deals",)):
        return _as_keys(names.block("state")) if last not in ("pay", "deals") else []
    if last == "becomes" or (path[:1] == ("worlds",) and len(path) == 2):
        return _as_keys(names.block("hidden"))
    if path[-2:-1] == ("becomes",):
        return _as_keys(names.words_of(str(last)))
    if last == "quiet" and path[:1] == ("evidence",):
        return _as_keys([_step_entry(names, step) for step in names.steps])
    if path[:1] == ("postures",) and len(path) == 3:
        return _as_keys([_step_entry(names, s) for s in names.steps if path[1] in (s.by, *s.to)])
    return _as_keys(names.inherited(path))


def _one_each(step: StepNames) -> list[StepNames]:
    """A step; one for each of those who choose at the same time, with its own options."""
    if step.kind != "together":
        return [step]
    return [replace(step, name=f"{step.name}.{one}", by=one, to=(), options=step.of(one)) for one in step.to]


def _as_keys(entries: list[Entry]) -> list[Entry]:
    return [Entry(e.name, e.kind, e.says, e.facts, e.path, f"{e.name}: ") for e in entries]


def _kind_at(names: Names, path: Path, beside: Any) -> Any:
    """The type of the block at a path, which may be inside a step whose kind stands in the file."""
    kind: Any = Scenario
    for index, part in enumerate(path):
        kind = inside(kind, part)
        if path[:1] == ("period",) and index == 1:
            step = next((s for s in STEP_KINDS if names.text((*path[:2], s)) or (len(path) == 2 and s in beside)), None)
            kind = inside(kind, step) if step else None
    return bare(kind)


# --- values -----------------------------------------------------------------------------------------------------------


def _values(names: Names, cursor: Cursor, before: str) -> list[Entry]:
    path = cursor.path
    while path and isinstance(path[-1], int) and path[:1] not in (("period",), ("evidence",), ("worlds",)):
        path = path[:-1]
    if len(path) > 2 and isinstance(path[-1], int):
        path = path[:-1]
    if is_question(path):
        return question_entries(names, before)
    last = str(path[-1]) if path else ""
    if last == DEPENDS:
        return [entry for block in ("hidden", "state") for entry in names.block(block) if entry.name in names.words]
    named = _named(names, path, last, cursor)
    if named is not None:
        return named
    role = role_at(path)
    if role is None:
        return []
    target = target_at(path)
    shares = [REST_ENTRY] if role.shared and not before.strip() else []
    words = names.words_of(last) if path[-2:-1] == ("becomes",) else []
    if path[:1] == ("period",) and path[2:3] in (("set",), ("pay",)):  # of all that several choose
        step = next((step for step in names.steps if step.path == path[:2] and step.kind == "together"), None)
        names = replace(names, choosing=step)
    return [*words, *shares, *formula_entries(names, before, role, None if before.strip() else target)]


def _named(names: Names, path: Path, last: str, cursor: Cursor) -> list[Entry] | None:
    """The names of which one is due as the value of a key; None where an expression is."""
    block = path[0] if path else ""
    if last == EACH:
        return names.block(FAMILIES)
    if block == "evidence" and len(path) >= 3:
        return _of_evidence(names, path, cursor)
    if block == "outcomes" and last == "by":
        return []  # a date
    if last in ("by", "to", "known_to", "accepted_by"):
        return names.block("actors")
    if block == "period" and len(path) > 2:
        if last == "then":
            place = [step.path for step in names.steps]
            later = [step for step in names.steps if path[:2] in place[: place.index(step.path)]]
            end = Entry(END_OF_PERIOD, "word", "Nothing more happens in the period.")
            return [*(_step_entry(names, step) for step in later), end]
        if names.text((*path[:2], "statement")) and last in ("about", "records"):
            return names.block("hidden" if last == "about" else "state")
        if names.text((*path[:2], "statement")) and last == "says":
            return names.words_of(names.text((*path[:2], "about")))
        if last in (*POSITIONS, REMOVE):
            return [_step_entry(names, step) for step in names.steps]
    if block == "postures" and len(path) >= 4 and (len(path) == 4 or last in ("keep", "otherwise")):
        return _of_posture(names, str(path[1]), str(path[3]))
    if block == "worlds" and len(path) == 3 and last in names.keys(("hidden",)):
        return names.words_of(last)
    if path == ("extends",):
        return [Entry(name, "shipped scenario", title) for name, title in library.shipped().items()]
    if block == "clock" and last == "step":
        return [Entry(step, "word") for step in _STEPS]
    if block == "claims" and last == "at":
        return _NOW
    if last == "source":
        return [_JUDGEMENT]
    choices = get_args(_kind_at(names, path, {})) if get_origin(_kind_at(names, path, {})) is Literal else ()
    return [Entry(str(choice), "word") for choice in choices] or None


def _of_evidence(names: Names, path: Path, cursor: Cursor) -> list[Entry] | None:
    key, piece = path[2], path[:2]

    def beside(name: str) -> str:
        return cursor.beside.get(name, "") or names.text((*piece, name))

    if key == "quiet":
        step = names.step(str(path[3])) if len(path) > 3 and isinstance(path[3], str) else None
        return names.options(step) if step else [_step_entry(names, step) for step in names.steps]
    if key == "seen":
        return None
    kinds = {"move": ("move", "together", "offer", "statement"), "chance": ("chance",)}.get(str(key))
    if kinds:
        return [_step_entry(names, step) for step in names.steps if step.kind in kinds]
    step = names.step(beside("move") or beside("chance"))
    if key == "by":
        return [names.entry(("actors", name)) for name in (step.to if step else ())] or names.block("actors")
    if step is None or key not in ("took", "happened", "signal", "not"):
        return [_JUDGEMENT] if key == "source" else []
    if key == "signal":
        says = f"What others see at {step.name}."
        signals = {names.text((*where, "signal")): where for where in step.options.values()}
        return [Entry(name, "signal", says, path=where) for name, where in signals.items() if name]
    if step.kind == "together" and not beside("by"):
        return [Entry(profile, f"what all choose at {step.name}", path=step.path) for profile in step.profiles]
    if step.kind == "together":
        return [names.option(step, name, path) for name, path in step.of(beside("by")).items()]
    return _replies(step) if step.kind == "offer" and beside("by") else names.options(step)


def _of_posture(names: Names, actor: str, name: str) -> list[Entry]:
    step = names.step(name)
    if step is None:
        return []
    if step.kind == "together":
        return [names.option(step, option, path) for option, path in step.of(actor).items()]
    return _replies(step) if (actor in step.to and actor != step.by) or "." in name else names.options(step)


def _replies(step: StepNames) -> list[Entry]:
    said = {ACCEPT: "takes the deal that is offered", REJECT: "refuses it"}
    return [Entry(word, f"reply to {step.name}", f"The replier {says}.", path=step.path) for word, says in said.items()]


def _step_entry(names: Names, step: StepNames) -> Entry:
    """A step by its name: who moves, and what can be done."""
    by = f" of {step.by}" if step.by else ""
    to = f" to {', '.join(step.to)}" if step.to else ""
    says = names.text((*step.path, "says"))
    shown = [option for option in step.options if option != NO_OFFER]
    return Entry(step.name, f"{step.kind}{by}{to}", " ".join(says.split()), ", ".join(shown), step.path)
