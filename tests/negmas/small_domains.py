"""Small negotiation domains, drawn at random, in the files of GENIUS: the same for a seed wherever they are made."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

ROOT = '<objective index="0" name="root" type="objective" etype="objective">'
COUNT = 24


def written(folder: Path, seed: int) -> Path:
    """Write the domain of a seed into a folder of its own: two to four parties, one to four issues."""
    draw = random.Random(seed)
    home = folder / f"small-{seed:02d}"
    home.mkdir(parents=True)
    issues = {f"issue{n}": draw.randint(2, 6) for n in range(draw.randint(1, 4))}
    numbered = {name for name in issues if draw.random() < 0.25}
    (home / "domain.xml").write_text("\n".join(_domain(issues, numbered)), encoding="utf-8")
    reserved = draw.random() < 0.6
    for party in range(draw.choice((2, 2, 3, 4))):
        text = "\n".join(_party(draw, issues, numbered, reserved))
        (home / f"party{party}.xml").write_text(text, encoding="utf-8")
    return home


def _domain(issues: dict[str, int], numbered: set[str]) -> Iterator[str]:
    yield f'<negotiation_template><utility_space number_of_issues="{len(issues)}">{ROOT}'
    for place, (name, size) in enumerate(issues.items(), start=1):
        kind = "integer" if name in numbered else "discrete"
        yield f'<issue index="{place}" name="{name}" type="{kind}" etype="{kind}" vtype="{kind}">'
        if name in numbered:
            yield f'<range lowerbound="0" upperbound="{size - 1}"/>'
        else:
            yield from (f'<item index="{n}" value="value{n}"/>' for n in range(1, size + 1))
        yield "</issue>"
    yield "</objective></utility_space></negotiation_template>"


def _party(draw: random.Random, issues: dict[str, int], numbered: set[str], reserved: bool) -> Iterator[str]:
    """What a party makes of each value: whole numbers, so that ties are to be had; or a line, of a numbered issue."""
    yield f"<utility_space>{ROOT}"
    for place, (name, size) in enumerate(issues.items(), start=1):
        kind = "integer" if name in numbered else "discrete"
        yield f'<issue index="{place}" name="{name}" type="{kind}" etype="{kind}" vtype="{kind}">'
        if name in numbered:
            slope = draw.choice((-2, -1, 1, 2))
            offset = max(0, -slope * (size - 1)) + draw.randint(0, 2)
            yield f'<evaluator ftype="linear" parameter0="{offset}" parameter1="{slope}"/>'
            yield f'<range lowerbound="0" upperbound="{size - 1}"/>'
        else:
            worths = [draw.randint(0, 12) for _ in range(size)]
            yield from (f'<item index="{n}" value="value{n}" evaluation="{x}"/>' for n, x in enumerate(worths, start=1))
        yield "</issue>"
    weights = [draw.randint(1, 5) / 8 for _ in issues]  # so that sums are exact, and ties are ties
    yield from (f'<weight index="{n}" value="{weight}"/>' for n, weight in enumerate(weights, start=1))
    yield "</objective>"
    if reserved:
        yield f'<reservation value="{draw.choice((0.0, 1.5, 3.0))}"/>'
    yield "</utility_space>"
