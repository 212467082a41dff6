"""What a piece of evidence leaves open, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from longgame.answers import words
from longgame.queries.path import Learned
from longgame.scenario.expand.amounts import is_number
from longgame.scenario.language.expressions import Name


def in_doubt(learned: Learned) -> str:
    """What a piece leaves open: 'cut or suspend, at some time from March 2025 to May 2025, right with 70%'; or ''."""
    piece, said = learned.evidence, list[str]()
    named = piece.took or piece.signal or piece.happened or ()
    if piece.not_ is not None:
        said.append(f"not {_either(piece.not_)}")
    elif len(named) > 1:
        said.append(_either(named))
    for name, values in (piece.seen or {}).items():
        if len(values) > 1:
            range_ = not isinstance(values[0].tree, Name)
            told = " to ".join(map(str, values)) if range_ else _either(list(map(str, values)))
            said.append(f"{name.replace('_', ' ')} {told}")
    if piece.between is not None:
        first, last = map(words.day, piece.between)
        said.append(f"at {'no' if piece.not_ is not None else 'some'} time from {first} to {last}")
    if piece.p is not None:
        said.append(f"right with {words.percent(learned.updates[-1].step.p)}")
    return ", ".join(said)


def with_doubt(text: str, row: Mapping[str, Any]) -> str:
    """What names a piece in a table, with what it leaves open."""
    return f"{text} ({row['doubt']})" if row.get("doubt") else text


def _either(names: Sequence[str]) -> str:
    plain = [name.replace("_", " ") for name in names]
    if len(names) == 2 and all(map(is_number, names)):  # the ends of a range
        return " to ".join(plain)
    return words.listed(plain, "or")
