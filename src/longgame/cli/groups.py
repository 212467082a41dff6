"""The commands in the groups and the order in which ``--help`` lists them, and how a shell completes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cyclopts import App, Group

GROUPS: Mapping[str, Sequence[str]] = {
    "Write a scenario": ("list", "new", "check", "show", "fmt", "watch", "studio", "lsp", "mcp", "schema"),
    "Answer its questions": (
        "run", "claims", "explain", "rests-on", "whatif", "compare", "beliefs", "ledger", "forecast", "play",
        "strategy", "postures", "deals", "ask",
    ),
    "Go on from a run": ("resume", "report", "open", "table"),
    "Trust the numbers": ("verify", "solve"),
    "Other programs": ("export", "import", "solve-efg"),
    "This program": ("completion", "--help", "--version"),
}  # fmt: skip


def arrange(app: App) -> None:
    """Put the commands of the app into their groups; those that are in none come last."""
    known = list(app)
    last = [name for name in known if not name.startswith("-") and not any(name in n for n in GROUPS.values())]
    for place, (title, names) in enumerate({**GROUPS, "More": last}.items(), 1):
        group = Group(title, sort_key=place)
        for order, name in enumerate(names, 1):
            if name in known:
                app[name].group = group
                app[name].sort_key = order
