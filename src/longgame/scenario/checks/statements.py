"""Statements: words about what the speaker knows, each with what makes it true."""

from __future__ import annotations

from collections.abc import Iterator

from longgame.errors import Problem
from longgame.scenario.context import Context, names_of
from longgame.scenario.model import Statement
from longgame.scenario.places import Path
from longgame.text import listed, nearest


def speakers_know_what_they_speak_of(context: Context) -> Iterator[Problem]:
    """What a statement is about, and what makes its words true, is hidden, and known to its speaker."""
    scenario = context.scenario
    for path, step in context.blocks(Statement):
        known = [name for name, hidden in scenario.hidden.items() if step.by in hidden.known_to]
        if step.about not in scenario.hidden:
            found = f"`{step.about}`" + (", which everybody can see" if step.about in scenario.state else "")
            fix = nearest(step.about, scenario.hidden) or f"`{step.by}` knows {listed(known) or 'nothing by itself'}."
            yield context.problem("unknown-hidden", (*path, "about"), "a hidden variable", found, fix)
        elif step.about not in known and step.by in scenario.actors:
            able = listed(known) or "nothing"
            fix = f"Add it to `known_to` of `{step.about}`, or let it speak of what it knows: {able}."
            expected = f"a hidden variable that `{step.by}` knows"
            yield context.problem("unknown-to-speaker", (*path, "about"), expected, f"`{step.about}`", fix)
        for word, formula in step.true.items():
            others = sorted(name for name in names_of(formula) & scenario.hidden.keys() if name not in known)
            if others and step.by in scenario.actors:
                where: Path = (*path, "true when", word)
                expected = f"a condition on what `{step.by}` knows: {listed(known) or 'nothing'}"
                yield context.problem("unknown-to-speaker", where, expected, listed(f"`{name}`" for name in others))


def words_can_be_true(context: Context) -> Iterator[Problem]:
    """A statement has words to choose from, each of which something makes true; it records them where it can."""
    scenario = context.scenario
    for path, step in context.blocks(Statement):
        if len(step.words) < 2:
            yield context.problem("few-words", (*path, "says"), "two words or more", f"{len(step.words)}")
        values = list(scenario.hidden[step.about].values) if step.about in scenario.hidden else []
        for place, word in enumerate(step.words):
            where: Path = (*path, "says", place)
            if word in step.words[:place]:
                yield context.problem("word-twice", where, "each word once", f"`{word}` again")
            elif values and word not in values and word not in step.true:
                when = f"`true when: {{{word}: {step.about} == {values[0]}}}`"
                fix = nearest(word, values) or f"Say when it is true: {when}."
                expected = f"a value of `{step.about}` ({listed(values)}), or a word under `true when`"
                yield context.problem("untold-word", where, expected, f"`{word}`", fix)
        for word in step.true:
            if word not in step.words:
                where = (*path, "true when", word)
                yield context.unknown("unknown-word", where, "one of the words", word, step.words, key=True)
        if step.records is not None:
            yield from _recorded(context, (*path, "records"), step, step.records)


def honest_talk_can_be_followed(context: Context) -> Iterator[Problem]:
    """A start from honest talk goes with an end of the game, and is not estimated over many plays."""
    scenario = context.scenario
    others = {"`periods: forever`": scenario.clock.forever, "`estimate`": scenario.estimate is not None}
    for path, step in context.blocks(Statement):
        for other in [what for what, there in others.items() if there and step.start is not None]:
            fix = "Take it out; a small cost of lying (`costs: {lie: 0.01}`) lets words tell something, too."
            yield context.problem("honest-start", (*path, "start"), f"no `start` beside {other}", "`honest`", fix)


def _recorded(context: Context, path: Path, step: Statement, name: str) -> Iterator[Problem]:
    variable = context.scenario.state.get(name)
    if variable is None or variable.values is None:
        found = f"`{name}`" + ("" if variable is None else ", which is a number")
        fix = nearest(name, context.scenario.state)
        yield context.problem("unknown-variable", path, "a state variable with words", found, fix)
        return
    missing = [word for word in step.words if word not in variable.values]
    if missing:
        expected = f"a variable with all the words of `{step.name}`"
        fix = f"Add {listed(missing)} to its values."
        yield context.problem("words-missing", path, expected, f"`{name}` without {listed(missing)}", fix)


CHECKS = (speakers_know_what_they_speak_of, words_can_be_true, honest_talk_can_be_followed)
