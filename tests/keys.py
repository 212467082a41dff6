"""The keys of the answers, for the tests that each is documented."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import Any, get_args, get_type_hints


def keys_of(kind: Any, around: tuple[Any, ...] = ()) -> set[str]:
    """The keys of a block of the answers, and of the blocks in it; one that is in itself is looked at once."""
    found: set[str] = set()
    if kind in around:
        return found
    for name, hint in get_type_hints(kind).items():
        found.add(name)
        for inner in (hint, *get_args(hint)):
            if is_dataclass(inner) and isinstance(inner, type):
                found |= keys_of(inner, (*around, kind))
    return found
