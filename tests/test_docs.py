"""The documents are true: their examples run, their links lead somewhere, they name every command and every key."""

from __future__ import annotations

import doctest
import logging
import re
from dataclasses import fields
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.utils import CountHandler

import longgame
from longgame.answers import answers as layout
from longgame.cli import commands
from longgame.scenario.formulas import Question
from longgame.scenario.questions.understand import understand
from tests.keys import keys_of
from tests.pages import made_again

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
        assert re.match(r"https?://", target) or (document.parent / target).exists(), target


def test_the_readme_s_scenario_does_what_is_said():
    (text,) = re.findall(r"<!-- scenario: lender.yaml -->\n```yaml\n(.*?)```", text_of("README.md"), re.DOTALL)
    scenario = longgame.loads(text, "lender.yaml")
    assert longgame.check(scenario) == [], "not even a warning"
    answers = longgame.assess(scenario, draws=16)
    (claim,) = answers.claims
    assert claim.holds and claim.margin is not None and claim.margin > 0
    assert answers.solver.unconverged == 0


def test_every_page_is_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            targets = re.findall(r"\]\(([^)#:]+\.md)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
            waiting += [(page.parent / target).resolve() for target in targets]
    assert set(DOCUMENTS) <= reached


def test_the_site_has_every_page_and_asks_nothing_of_the_network(tmp_path):
    config = load_config(str(ROOT / "mkdocs.yml"), site_dir=str(tmp_path))
    warned = CountHandler()
    logging.getLogger("mkdocs").addHandler(warned)
    build(config)
    assert warned.get_counts() == []
    pages = {path.relative_to(tmp_path).with_suffix(".md") for path in tmp_path.rglob("*.html")} - {Path("404.md")}
    listed = set(map(Path, re.findall(r": ([\w/-]+\.md)$", text_of("mkdocs.yml"), re.MULTILINE)))
    assert listed == {Path("index.md"), *(path.relative_to(ROOT / "docs") for path in DOCUMENTS[1:])}
    assert pages == {path.with_name("index.md") if path.name == "README.md" else path for path in listed}
    for page in tmp_path.rglob("*.html"):
        assert not re.search(r"<(?:script|link|img)[^>]*=.https?://", page.read_text(encoding="utf-8"))


def test_the_tutorial_shows_what_its_commands_print():
    page = text_of("docs/tutorial.md")
    assert made_again(page) == page, "python -m tests.pages docs/tutorial.md makes its outputs again"


def test_questions_and_blocks_of_the_how_to_pages_can_be_used():
    """They are about the shipped scenario `truce-on-offer`, as the page says."""
    rows = re.findall(r"(?m)^\| [^|]+ \| (`.+) \|$", text_of("docs/how-to/claims.md"))
    questions = [re.findall(r"`([^`]+)`", row)[0] for row in rows]
    assert len(questions) == 9
    for question in questions:
        understand(longgame.load("truce-on-offer"), Question(question))
    (block,) = re.findall(r"(?s)```yaml\n(.*?)```", text_of("docs/how-to/hidden-aim.md"))
    over = longgame.loads(f"extends: truce-on-offer\n{block}")
    assert over.hidden["aim"].says == "What the patron is after."


def test_the_readme_names_every_command():
    named = set(re.findall(r"longgame ([a-z-]+)", text_of("README.md")))
    assert {name for name in commands.app if not name.startswith("-")} <= named | {"schema", "list", "new"}


def test_python_examples_run():
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    test = doctest.DocTestParser().get_doctest(text_of("docs/python.md"), {}, "python.md", "docs/python.md", 0)
    assert len(test.examples) > 20
    complaints: list[str] = []
    doctest.DocTestRunner(optionflags=flags, verbose=False).run(test, out=complaints.append)
    assert complaints == [], "".join(complaints)


def test_every_key_of_the_answers_is_documented():
    documented = set(re.findall(r"`([a-z0-9_]+)`", text_of("docs/answers.md"))) | set(
        re.findall(r"(?m)^## (.+)$", text_of("docs/answers.md").replace(" and ", "\n## "))
    )
    assert {field.name for field in fields(layout.Answers)} <= keys_of(layout.Answers)
    assert keys_of(layout.Answers) - documented == set()
