"""Negotiation domains of other tools, read from their files: issues, values, and each party's utility.

GENIUS XML: a domain file (``negotiation_template``) and beside it one file (``utility_space``) for each party. YAML as
NegMAS writes it: a domain file with ``issues`` and one file with ``values`` for each party. Nothing in a file is
followed or run: documents with entities of their own are refused, and YAML is read as plain data.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import yaml

from longgame.errors import Place, Problem, ScenarioError

LARGEST = 20_000_000  # bytes of a file
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Party:
    """A party's utility, the sum over issues of weight times evaluation, and a bias; what it has with no agreement."""

    name: str
    weights: Mapping[str, float]
    evaluations: Mapping[str, Mapping[str, float]]
    reservation: float = 0.0
    bias: float = 0.0


@dataclass(frozen=True)
class Domain:
    """Issues with their values, in the order of the file, and the parties."""

    name: str
    issues: Mapping[str, tuple[str, ...]]
    parties: tuple[Party, ...]


def read_domain(path: Path, *, most: int) -> Domain:
    """The domain in a folder, or of a domain file with the utilities beside it.

    Raises ScenarioError where there is none, where a file cannot be read, and for more than ``most`` outcomes.
    """
    files = sorted(path.iterdir() if path.is_dir() else path.parent.iterdir()) if path.exists() else []
    found = [(file, _parsed(file)) for file in files if file.suffix.lower() in (".xml", ".yaml", ".yml")]
    domains = [(file, tree) for file, tree in found if _is_domain(tree) and (path.is_dir() or file == path)]
    if len(domains) != 1:
        seen = f"{len(domains)} of them in {path}" if path.exists() else f"nothing at {path}"
        fix = "Give the folder of a domain, or its domain file; the utilities lie beside it."
        raise _wrong(path, "a domain file: GENIUS XML, or YAML with `issues`", seen, fix)
    file, tree = domains[0]
    issues = _issues(file, tree)
    outcomes = math.prod(map(len, issues.values()))
    if outcomes > most:
        raise _wrong(file, f"at most {most:,} outcomes", f"{outcomes:,}", "Leave out issues or values.")
    xml = isinstance(tree, ElementTree.Element)
    utilities = [(other, given) for other, given in found if _is_utility(given) and other != file]
    parties = tuple(
        _party(other, given, issues) for other, given in utilities if isinstance(given, ElementTree.Element) == xml
    )
    if len(parties) < 2:
        raise _wrong(file.parent, "utilities of at least two parties beside the domain", f"{len(parties)}")
    return Domain(file.parent.name, issues, parties)


def _wrong(path: Path, expected: str, found: str, fix: str = "") -> ScenarioError:
    return ScenarioError([Problem("bad-domain", Place(path="domain", file=str(path)), expected, found, fix)])


def _parsed(file: Path) -> Any:
    """The tree of a file: an element of XML, or plain data."""
    if not file.is_file() or file.stat().st_size > LARGEST:
        return None
    text = file.read_bytes()
    try:
        if file.suffix.lower() != ".xml":
            return yaml.load(text, Loader=_Loader)
        if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
            raise _wrong(file, "XML without entities of its own", "a document type", "Take the `<!DOCTYPE ...>` out.")
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise _wrong(file, "a file that can be read", str(error).splitlines()[0]) from None


def _is_domain(tree: Any) -> bool:
    if isinstance(tree, ElementTree.Element):
        return tree.tag == "negotiation_template"
    return isinstance(tree, dict) and "issues" in tree


def _is_utility(tree: Any) -> bool:
    if isinstance(tree, ElementTree.Element):
        return tree.tag == "utility_space" and _evaluates(tree)
    return isinstance(tree, dict) and ("values" in tree or _is_linear(tree)) and "issues" not in tree


def _is_linear(tree: Mapping[str, Any]) -> bool:
    """Whether a utility in YAML is a sum over numbers with weights, without a table for any issue."""
    return str(tree.get("type", "")).rpartition(".")[2] in ("AffineUtilityFunction", "LinearUtilityFunction")


def _evaluates(tree: ElementTree.Element) -> bool:
    return any("evaluation" in item.attrib for item in tree.iter("item")) or tree.find(".//evaluator") is not None


# --- issues -----------------------------------------------------------------------------------------------------------


def _issues(file: Path, tree: Any) -> dict[str, tuple[str, ...]]:
    if isinstance(tree, ElementTree.Element):
        found = sorted(tree.iter("issue"), key=lambda issue: int(issue.get("index", "0")))
        issues = {issue.get("name", ""): _values(file, issue) for issue in found}
    else:
        issues = {str(issue.get("name")): _listed(file, issue) for issue in tree["issues"]}
    for name, values in issues.items():
        if not values:
            raise _wrong(file, f"values of the issue `{name}`", "none")
    return issues


def _values(file: Path, issue: ElementTree.Element) -> tuple[str, ...]:
    kind = issue.get("type", "discrete")
    if kind == "integer":
        return tuple(map(str, range(*_bounds(issue))))
    if kind != "discrete":
        fix = "Only issues with listed values, or whole numbers, are read."
        raise _wrong(file, "a discrete or an integer issue", f"`{issue.get('name')}` is {kind}", fix)
    return tuple(item.get("value", "") for item in issue.findall("item"))


def _bounds(issue: ElementTree.Element) -> tuple[int, int]:
    holder = issue.find("range")
    holder = issue if holder is None else holder
    return int(float(holder.get("lowerbound", "0"))), int(float(holder.get("upperbound", "0"))) + 1


def _listed(file: Path, issue: Mapping[str, Any]) -> tuple[str, ...]:
    """The values of an issue in YAML: all of them, how many there are, or the first and the last of a range."""
    values = issue.get("values")
    if isinstance(values, int):
        return tuple(map(str, range(values)))
    if str(issue.get("type", "")).endswith("ContiguousIssue") and isinstance(values, list) and len(values) == 2:
        return tuple(map(str, range(int(values[0]), int(values[1]) + 1)))
    if isinstance(values, list) and values:
        return tuple(map(str, values))
    raise _wrong(file, "the values of an issue as a list, or how many there are", f"{values}")


# --- utilities --------------------------------------------------------------------------------------------------------


def _party(file: Path, tree: Any, issues: Mapping[str, Sequence[str]]) -> Party:
    try:
        if isinstance(tree, ElementTree.Element):
            return _party_of_xml(file, tree, issues)
        return _party_of_yaml(file, tree, issues)
    except (ValueError, TypeError, KeyError) as error:
        raise _wrong(file, "the utility of a party", f"{error}") from None


def _party_of_xml(file: Path, tree: ElementTree.Element, issues: Mapping[str, Sequence[str]]) -> Party:
    weights = {int(weight.get("index", "0")): float(weight.get("value", "1")) for weight in tree.iter("weight")}
    if tree.find(".//ufun") is not None:
        raise _wrong(file, "a utility that adds up over issues", "one over several issues at once")
    evaluations: dict[str, dict[str, float]] = {name: {} for name in issues}
    by_issue = dict.fromkeys(issues, 0.0)
    for issue in tree.iter("issue"):
        name = issue.get("name", "")
        if name not in issues:
            raise _wrong(file, f"an issue of the domain: {', '.join(issues)}", f"`{name}`")
        by_issue[name] = weights.get(int(issue.get("index", "0")), 1.0)
        evaluator = issue.find("evaluator")
        for item in issue.findall("item"):  # those inside a `similarity_function` say how alike values are
            evaluations[name][item.get("value", "")] = float(item.get("evaluation", "0"))
        if evaluator is not None:
            slope, offset = (_coefficient(evaluator, order) for order in (1, 0))
            evaluations[name] = {value: offset + slope * float(value) for value in issues[name]}
    reservation = tree.find("reservation")
    reserved = 0.0 if reservation is None else float(reservation.get("value", "0"))
    return Party(file.stem, by_issue, evaluations, reserved)


def _coefficient(evaluator: ElementTree.Element, order: int) -> float:
    names = (f"parameter{order}", "slope" if order else "offset")
    return next((float(evaluator.get(name, "0")) for name in names if name in evaluator.attrib), 0.0)


def _party_of_yaml(file: Path, tree: Mapping[str, Any], issues: Mapping[str, Sequence[str]]) -> Party:
    given = tree.get("values") or [{"type": "IdentityFun"}] * len(issues) if _is_linear(tree) else tree["values"]
    rows = given if isinstance(given, dict) else dict(zip(issues, given, strict=True))
    weights = tree.get("weights") or dict.fromkeys(issues, 1.0)
    weights = weights if isinstance(weights, dict) else dict(zip(issues, weights, strict=True))
    evaluations = {name: _table(file, rows[name], values) for name, values in issues.items()}
    reserved, bias = float(tree.get("reserved_value") or 0.0), float(tree.get("bias") or 0.0)
    by_issue = {name: float(weights[name]) for name in issues}
    return Party(file.stem, by_issue, evaluations, reserved if math.isfinite(reserved) else 0.0, bias)


def _table(file: Path, row: Any, values: Sequence[str]) -> dict[str, float]:
    """What each value of an issue is worth, from one of the functions that NegMAS writes."""
    kind = str(row.get("type", "")).rpartition(".")[2] if isinstance(row, dict) else ""
    if isinstance(row, dict) and "mapping" in row:
        return {str(value): float(worth) for value, worth in row["mapping"].items()}
    if kind == "IdentityFun":
        return {value: float(value) for value in values}
    if kind in ("LinearFun", "AffineFun"):
        slope, bias = float(row["slope"]), float(row.get("bias", 0.0))
        return {value: slope * float(value) + bias for value in values}
    if kind == "ConstFun":
        return dict.fromkeys(values, float(row["bias"]))
    raise _wrong(file, "a table (`mapping`), or a linear function of the value", f"`{kind or row}`")
