"""What the analyst wrote: the words of a scenario, read and checked. No arrays.

The blocks of a scenario, those that ``model`` names in its ``__all__``, are classes here, with the keys of the language
as their fields.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from longgame.scenario.model import *  # noqa: F403


def __getattr__(name: str) -> Any:
    """Import a block on first use (PEP 562): most commands start without them. No module begins with a capital."""
    if name[:1].isupper() and name in (blocks := import_module("longgame.scenario.model")).__all__:
        return getattr(blocks, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
