"""The commands in the groups and the order in which ``--help`` lists them, and how a shell completes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cyclopts import App, Group

GROUPS: Mapping[str, Sequence[str]] = {
    "Write a scenario": ("list", "new", "check", "show", "fmt", "watch", "studio", "lsp", "mcp", "schema"),
    "Answer its questions": (
        "run", "claims", "explain", "rests-on", "whatif", "sweep", "compare", "variants", "beliefs", "ledger",
        "forecast", "play", "strategy", "postures", "turning", "deals", "clauses",
        "commitment", "accounts", "ask",
    ),
    "Go on from a run": ("resume", "report", "open", "table"),
    "Trust the numbers": ("verify", "score", "estimate", "solve"),
    "Other programs": ("export", "import", "solve-efg"),
    "This program": ("completion", "--help", "--version"),
}  # fmt: skip

#: Command -> how it may be called, as ``longgame COMMAND --help`` shows.
EXAMPLES: Mapping[str, Sequence[str]] = {
    "list": ("list",),
    "new": ("new my-case", "new my-case --pattern mediation", "new --list"),
    "check": ("check my-case.yaml", "check my-case.yaml --set honest=0.4"),
    "show": ("show truce-on-offer", "show my-case.yaml --out game.svg"),
    "fmt": ("fmt my-case.yaml", "fmt --check *.yaml"),
    "watch": ("watch my-case.yaml",),
    "studio": ("studio truce-on-offer", "studio my-case.yaml --no-browser --port 8000"),
    "lsp": ("lsp",),
    "mcp": ("mcp .",),
    "schema": ("schema > longgame.schema.json",),
    "run": ("run my-case.yaml", "run my-case.yaml --draws 1024 --workers 4 --out out/large"),
    "claims": ("claims my-case.yaml", "claims out/my-case", "claims my-case.yaml --draws 0 --set honest=0.4"),
    "explain": ("explain truce-on-offer full_truce_serves_both",),
    "rests-on": ("rests-on my-case.yaml repaying_shows_means", "rests-on out/my-case repaying_shows_means"),
    "whatif": ("whatif my-case.yaml --set honest=0.4",),
    "sweep": ("sweep my-case.yaml honest=0.1:0.9:17 --out sweep.svg",),
    "estimate": (
        "estimate my-case.yaml --data cases.csv",
        "estimate my-case.yaml --data cases.csv --folds 10 --along x=0:1:5",
    ),
    "compare": ("compare my-case.yaml other.yaml", "compare out/my-case out/other"),
    "variants": ("variants ukraine-2025", "variants out/my-case", "variants my-case.yaml --draws 32 --csv"),
    "beliefs": ("beliefs my-case.yaml", "beliefs out/my-case"),
    "ledger": ("ledger my-case.yaml", "ledger out/my-case"),
    "forecast": ("forecast my-case.yaml", "forecast out/my-case --json"),
    "play": ("play truce-on-offer",),
    "postures": ("postures truce-on-offer", "postures truce-on-offer --over prior_reset"),
    "turning": ("turning truce-on-offer defender",),
    "deals": ("deals truce-on-offer", "deals --domain domains/laptop"),
    "clauses": ("clauses my-case.yaml", "clauses my-case.yaml --between attacker,patron --csv"),
    "commitment": ("commitment truce-on-offer", "commitment my-case.yaml --deal truce --at 2025-03 --csv"),
    "accounts": ("accounts my-case.yaml", "accounts my-case.yaml --at 2025-03-18 --json"),
    "ask": ('ask truce-on-offer "belief(aim == peace)"', 'ask truce-on-offer "value(patron)" --at start',
            'ask truce-on-offer "expected(strength)" --by-period'),
    "resume": ("resume out/my-case",),
    "report": ("report out/my-case", "report out/my-case --out page.html"),
    "open": ("open my-case.yaml", "open out/my-case"),
    "table": ("table out/my-case", "table out/my-case --format parquet"),
    "verify": ("verify truce-on-offer", "verify out/my-case"),
    "score": ("score my-case.yaml", "score my-case.yaml --until 2025-03 --until 2025-06", "score --out record.md"),
    "solve": ("solve take-it-or-leave-it", "solve my-case.yaml --others"),
    "solve-efg": ("solve-efg game.efg --lambda 2 --branch",),
    "completion": ("completion bash > ~/.local/share/bash-completion/completions/longgame",),
}


def arrange(app: App) -> None:
    """Put the commands of the app into their groups, those that are in none last, and give them their examples."""
    known = list(app)
    last = [name for name in known if not name.startswith("-") and not any(name in n for n in GROUPS.values())]
    for place, (title, names) in enumerate({**GROUPS, "More": last}.items(), 1):
        group = Group(title, sort_key=place)
        for order, name in enumerate(names, 1):
            if name in known:
                app[name].group = group
                app[name].sort_key = order
    for name, examples in EXAMPLES.items():
        if name in known:
            written = [f"  longgame {example}" for example in examples]
            app[name].help_epilogue = "\n".join(["Examples:" if len(examples) > 1 else "Example:", *written])
