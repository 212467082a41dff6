"""An estimate as a table: on a terminal, as CSV, and as LaTeX for a paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from longgame.answers import words
from longgame.answers.parts import Line, Part, Table, lines

_SPECIAL = {c: f"\\{c}" for c in "&%$#_{}"} | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}"}
_SPECIAL |= {"^": r"\textasciicircum{}"}


def parts(answer: Mapping[str, Any]) -> list[Part]:
    """What a terminal shows of ``Estimated.to_json()``."""
    fit, cases = answer["fit"], answer["cases"]
    clusters = "" if cases["clusters"] is None else f", in {cases['clusters']} clusters"
    plays = f"{cases['plays']:,.6g} plays in {words.count(cases['used'], 'row')}{clusters}"
    shown: list[Part] = [
        Line(f"{answer['scenario']['title']}: {plays}, {words.count(cases['distinct'], 'different case')}."),
        _coefficients(answer["coefficients"], fit["errors"]),
        Line(
            f"Log-likelihood {fit['log_likelihood']:.4f} with {words.count(fit['coefficients'], 'coefficient')};"
            f" AIC {fit['aic']:.2f}, BIC {fit['bic']:.2f}. By the shares of the outcomes alone:"
            f" {fit['shares_log_likelihood']:.4f}. {fit['agreeing']} of {fit['searches']} searches ended here."
        ),
        Table(
            ["play", "seen", "expected"],
            [[row["name"], f"{row['seen']:.3f}", f"{row['predicted']:.3f}"] for row in answer["outcomes"]],
            title="How plays went",
            numbers=["seen", "expected"],
        ),
    ]
    if answer["predicted"]:
        shown.append(_predicted(answer["predicted"]))
    shown += lines([_against(answer), _folds(answer["folds"])])
    if answer["posterior"]:
        keys = ("mean", "sd", "low", "high")
        rows = [[row["name"], *(f"{row[key]:.4f}" for key in keys)] for row in answer["posterior"]]
        headings = ["coefficient", "mean", "sd", "from", "to"]
        shown.append(Table(headings, rows, title="Posterior, with the interval that holds 95 %", numbers=headings[1:]))
    return shown + lines(answer["notes"], "aside")


def _coefficients(rows: list[Mapping[str, Any]], errors: str) -> Table:
    headings = ["coefficient", "estimate", "error", "z", "p", "from", "to"]
    keys = ("value", "error", "z", "p", "low", "high")
    cells = [[row["name"], *(_decimal(row[key], 2 if key == "z" else 4) for key in keys)] for row in rows]
    return Table(headings, cells, title=f"Coefficients, with errors: {errors}", numbers=headings[1:])


def _predicted(rows: list[Mapping[str, Any]]) -> Table:
    kinds = list(rows[0]["outcomes"])
    cells = [
        [f"{row['column']} = {row['value'] if isinstance(row['value'], str) else format(row['value'], 'g')}"]
        + [_chance(row["outcomes"][kind]) for kind in kinds]
        for row in rows
    ]
    return Table(["if", *kinds], cells, title="Mean chances, everything else as it is", numbers=kinds)


def _chance(given: Mapping[str, Any]) -> str:
    if given["low"] is None:
        return f"{given['chance']:.3f}"
    return f"{given['chance']:.3f} ({given['low']:.3f} to {given['high']:.3f})"


def _against(answer: Mapping[str, Any]) -> str:
    other = answer["against"]
    if other is None:
        return ""
    said = [f"Against {other['title']}: log-likelihood {other['log_likelihood']:.4f} with {other['coefficients']}."]
    ratio, test = other["ratio"], other["vuong"]
    if ratio is not None:
        said.append(
            f"Likelihood ratio {ratio['statistic']:.2f} on {words.count(ratio['degrees'], 'degree')} of freedom,"
            f" p {_p(ratio['p'])}."
        )
    if test is not None:
        better = "this" if test["z"] > 0 else "the other"
        said.append(
            f"Vuong's z {test['z']:.2f} (p {_p(test['p'])}), corrected for the number of coefficients"
            f" {test['corrected']:.2f} (p {_p(test['corrected_p'])}): {better} one tells the cases better."
        )
    return " ".join(said)


def _folds(folds: Mapping[str, Any] | None) -> str:
    if folds is None:
        return ""
    gain = folds["score"] - folds["shares"]
    verdict = "better than" if gain > 0 else "no better than"
    return (
        f"Cross-validation, {folds['folds']} folds: {folds['score']:.4f} nats a play, {verdict} the shares of the"
        f" outcomes, {folds['shares']:.4f}; in {folds['better']} of the folds."
    )


def _p(p: float) -> str:
    return "below 0.0001" if p < 0.0001 else f"{p:.4f}"


def _decimal(value: float | None, places: int) -> str:
    return "" if value is None else f"{value:.{places}f}"


def csv_rows(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each coefficient."""
    keys = ("error", "z", "p", "low", "high")
    return [
        {"coefficient": row["name"], "estimate": row["value"]} | {key: row[key] for key in keys}
        for row in answer["coefficients"]
    ]


def latex(answer: Mapping[str, Any]) -> str:
    """A table for a paper, with rules as of the package booktabs: errors in brackets beside the estimates."""
    fit = answer["fit"]
    body = list(_latex_rows(answer["coefficients"]))
    feet = [
        ("Log-likelihood", f"{fit['log_likelihood']:.2f}"),
        ("AIC", f"{fit['aic']:.2f}"),
        ("BIC", f"{fit['bic']:.2f}"),
        ("Plays", f"{answer['cases']['plays']:,.6g}".replace(",", "{,}")),
    ]
    return "\n".join(
        [
            r"\begin{tabular}{lrr}",
            r"\toprule",
            r" & Estimate & (Error) \\",
            r"\midrule",
            *body,
            r"\midrule",
            *(f"{name} & {value} & \\\\" for name, value in feet),
            r"\bottomrule",
            r"\end{tabular}",
            f"% Errors: {fit['errors']}.",
        ]
    )


def _latex_rows(rows: list[Mapping[str, Any]]) -> Iterator[str]:
    heading = ""
    for row in rows:
        assumption, dot, column = row["name"].partition(".")
        if dot and assumption != heading:
            yield f"\\textit{{{_escaped(assumption)}}} & & \\\\"
        heading = assumption if dot else ""
        name = _escaped(column.replace(".", " = ") if dot else row["name"])
        error = "" if row["error"] is None else f"({row['error']:.3f})"
        yield f"{'~~' if dot else ''}{name} & ${row['value']:.3f}$ & {error} \\\\"


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(character, character) for character in text)


def tied_notes(groups: Sequence[Sequence[str]]) -> list[str]:
    """What is said of coefficients of which the cases tell a combination alone."""
    found = []
    for names in groups:
        said = words.listed(list(names))
        if len(names) == 1:
            found.append(f"{said} changes nothing in the rows that are used: it says nothing, and has no error.")
            continue
        found.append(
            f"Collinear: {said}. In the rows that are used their columns say the same, so that the cases tell of a"
            " combination of them alone, and none of them has an error of its own. Take one out."
        )
    return found
