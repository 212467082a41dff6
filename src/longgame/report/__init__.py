"""Answers -> one self-contained page.

``render`` is imported when it is first used: the tables of the command line need only the words of the report, and not
the libraries that draw its figures.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from longgame.report.page import render

__all__ = ["render"]


def __getattr__(name: str) -> Any:
    if name != "render":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from longgame.report.page import render

    return render
