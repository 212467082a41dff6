"""``extends``: a scenario laid over another.

    blocks    merged key by key; `null` takes a key out
    values    replace what was there; so do lists
    evidence  is added, each piece after those of its date or earlier
    outcomes  are added
    period    a step replaces the step of its name; a new one stands where `after` or `before` says, or at the end;
              `remove: STEP` takes a step out

Trees are merged rather than values, so that every part keeps its place in its own file.
"""

from __future__ import annotations

from longgame.errors import Problem
from longgame.scenario.actions import STEP_KINDS
from longgame.scenario.clock import iso
from longgame.scenario.yaml_tree import Items, Keys, Scalar, Tree
from longgame.text import nearest

_WHOLE = ("distribution", "worlds")  # blocks whose keys make sense only together
POSITIONS = ("after", "before")
REMOVE = "remove"


def merge(base: Keys, over: Keys, problems: list[Problem]) -> Keys:
    """``base`` with ``over`` laid over it, for whole scenarios."""
    merged = merge_keys(base, over, problems, skip=tuple(_JOINED))
    for name, join in _JOINED.items():
        old, new = base.entries.get(name), over.entries.get(name)
        if isinstance(old, Items) and isinstance(new, Items):
            merged.entries[name] = join(old, new, problems)
        elif new is not None:
            _replace(merged, name, new, problems)
    return merged


def merge_keys(base: Keys, over: Keys, problems: list[Problem], skip: tuple[str, ...] = ()) -> Keys:
    """Two blocks as one, key by key: what ``over`` says replaces what was there, and `null` takes it out."""
    merged = Keys(dict(base.entries), over.spot)
    for name, node in over.entries.items():
        if name in skip:
            continue
        old = base.entries.get(name)
        if isinstance(old, Keys) and isinstance(node, Keys) and name not in _WHOLE and not _other_cases(old, node):
            merged.entries[name] = merge_keys(old, node, problems)
        else:
            _replace(merged, name, node, problems)
    return merged


def _replace(merged: Keys, name: str, node: Tree, problems: list[Problem]) -> None:
    if not (isinstance(node, Scalar) and node.value is None):
        merged.entries[name] = node
    elif name in merged.entries:
        del merged.entries[name]
    else:
        fix = nearest(name, merged.entries)
        problems.append(_problem(node, "nothing-to-remove", "a key of the scenario that is extended", name, fix))


def _other_cases(old: Keys, new: Keys) -> bool:
    """Whether these are cases over another variable than before: then they replace the old ones."""
    variables = [node.entries.get("depends on") for node in (old, new)]
    values = [variable.value if isinstance(variable, Scalar) else None for variable in variables]
    return variables[1] is not None and values[0] != values[1]


def _problem(node: Tree, code: str, expected: str, found: str, fix: str = "", *, key: bool = True) -> Problem:
    line, column = node.spot.key if key else node.spot.value
    return Problem(code, node.spot.place_at(line, column), expected, f"`{found}`", fix)


def _join_evidence(base: Items, over: Items, problems: list[Problem]) -> Items:
    items = list(base.items)
    for piece in over.items:
        date = _date(piece)
        later = (index for index, known in enumerate(items) if date and _date(known) and _date(known) > date)
        items.insert(next(later, len(items)), piece)
    return Items(items, over.spot)


def _date(piece: Tree) -> str:
    """The date of a piece of evidence in a form that sorts; empty where it has none."""
    given = piece.entries if isinstance(piece, Keys) else {}
    on = next((given[key] for key in ("on", "from", "between") if key in given), None)
    if isinstance(on, Items) and on.items:
        on = on.items[0]
    if not isinstance(on, Scalar):
        return ""
    return f"{on.value:06d}" if isinstance(on.value, int) else iso(str(on.value or ""))


def _join_period(base: Items, over: Items, problems: list[Problem]) -> Items:
    steps = list(base.items)
    for step in over.items:
        if isinstance(step, Keys) and REMOVE in step.entries:
            _remove(steps, step, problems)
            continue
        target = _target(steps, step, problems)
        bare = _without_position(step)
        known = _position(steps, _step_name(step))
        if known is not None and target is None:
            steps[known] = bare
            continue
        if known is not None:
            del steps[known]
            target = _target(steps, step, [])
        steps.insert(len(steps) if target is None else target, bare)
    return Items(steps, over.spot)


def _step_name(step: Tree) -> str:
    if isinstance(step, Keys):
        for kind in STEP_KINDS:
            name = step.entries.get(kind)
            if isinstance(name, Scalar):
                return str(name.value)
    return ""


def _position(steps: list[Tree], name: str) -> int | None:
    return next((index for index, step in enumerate(steps) if name and _step_name(step) == name), None)


def _known(steps: list[Tree]) -> list[str]:
    return [name for step in steps if (name := _step_name(step))]


def _remove(steps: list[Tree], step: Keys, problems: list[Problem]) -> None:
    wanted = step.entries[REMOVE]
    name = str(wanted.value) if isinstance(wanted, Scalar) else ""
    index = _position(steps, name)
    if index is None:
        problems.append(
            _problem(wanted, "unknown-step", "a step of the period", name, nearest(name, _known(steps)), key=False)
        )
    else:
        del steps[index]


def _target(steps: list[Tree], step: Tree, problems: list[Problem]) -> int | None:
    """The index at which a step is to be put in, or None where it does not say."""
    for word in POSITIONS:
        node = step.entries.get(word) if isinstance(step, Keys) else None
        if not isinstance(node, Scalar):
            continue
        index = _position(steps, str(node.value))
        if index is not None:
            return index + (word == "after")
        fix = nearest(str(node.value), _known(steps))
        problems.append(_problem(node, "unknown-step", "a step of the period", str(node.value), fix, key=False))
    return None


def _without_position(step: Tree) -> Tree:
    if not isinstance(step, Keys):
        return step
    return Keys({name: node for name, node in step.entries.items() if name not in POSITIONS}, step.spot)


def _join_outcomes(base: Items, over: Items, problems: list[Problem]) -> Items:
    return Items([*base.items, *over.items], over.spot)


_JOINED = {"evidence": _join_evidence, "outcomes": _join_outcomes, "period": _join_period}  # lists that do not replace
