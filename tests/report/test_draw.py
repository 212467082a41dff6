"""The drawings: sound SVG in the report's colours, texts that neither meet nor are cut, the game as it was written."""

from __future__ import annotations

import doctest
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

import longgame
from longgame.answers import words
from longgame.answers.course_rows import Stretch, stretches
from longgame.answers.dates import to_scale
from longgame.answers.game_tree import TreeAnswer, children, tree_of_game, tree_of_scenario
from longgame.answers.phrases import change, condition, signed
from longgame.answers.picture import picture
from longgame.answers.play import PlayAnswer, kept, play
from longgame.answers.situation import Seen
from longgame.answers.timeline import timeline
from longgame.errors import TooLargeError
from longgame.exact.efg import read_efg
from longgame.report import render
from longgame.report.draw import STYLE, game_svg, game_text, paths_svg, paths_text, timeline_svg, tree_svg, tree_text
from longgame.report.draw.svg import COLOURS, shortened, width_of, wrapped
from longgame.report.draw.wording import clock_words
from longgame.scenario import library
from longgame.scenario.language.expressions import parse
from longgame.scenario.load import loads
from tests.conftest import SOURCE

SVG = "{http://www.w3.org/2000/svg}"
CASES = Path(__file__).parents[1] / "cases"
WIDE = Path(__file__).parent / "wide.yaml"
SHOWN = ["truce-on-offer", "take-it-or-leave-it", "beer-quiche", "ukraine-2025", "deterrence-crisis"]

# Texts that leave the drawing, or lie over each other; those that are turned are left out.
MEETING = """svg => {
  const edge = svg.getBoundingClientRect(), bad = [];
  const texts = [...svg.querySelectorAll("text")].map(e => [e, e.getBoundingClientRect()]);
  for (const [e, r] of texts)
    if (r.left < edge.left || r.right > edge.right || r.bottom > edge.bottom || r.top < edge.top)
      bad.push("cut: " + e.textContent);
  const level = texts.filter(([e]) => !e.hasAttribute("transform"));
  level.forEach(([e, r], i) => level.slice(i + 1).forEach(([f, q]) => {
    const w = Math.min(r.right, q.right) - Math.max(r.left, q.left);
    const h = Math.min(r.bottom, q.bottom) - Math.max(r.top, q.top);
    if (w > 1 && h > 4) bad.push(e.textContent + " | " + f.textContent);
  }));
  return bad;
}"""


def meeting(browser, *drawings: str) -> list[str]:
    """The texts of drawings that are cut or lie over each other, as a browser sees them."""
    page = browser.new_page(viewport={"width": 820, "height": 900})
    try:
        page.set_content(f"<body style='margin:0'>{''.join(drawings)}</body>")
        return [text for svg in page.query_selector_all("svg") for text in svg.evaluate(MEETING)]
    finally:
        page.close()


def sound(svg: str) -> ElementTree.Element:
    """The root of a drawing that may stand on a page with a strict policy."""
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    ids = {element.get("id"): element for element in root if element.get("id")}
    assert ids[root.get("aria-labelledby")].text and ids[root.get("aria-describedby")].text
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "g", "rect", "path", "circle", "text"}
    names = {name for element in root.iter() for name in element.attrib}
    assert not any(name == "style" or "href" in name or name.startswith("on") for name in names)
    assert not re.search(r"url\(|@import", STYLE)
    return root


def typed(text: str) -> str:
    """A text with the signs of print as they are typed."""
    return text.replace("\N{MINUS SIGN}", "-").replace("\N{MULTIPLICATION SIGN}", "*")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("truce != full", "truce is not full"),
        ("a == b and not c == d", "a is b and c is not d"),
        ("x in [one, two] and (y < 2 or z >= 3)", "x is one or two and (y is below 2 or z is at least 3)"),
        ("3 <= period <= 4", "period is at least 3 and period is at most 4"),
        ("a or b", "a or b"),
        ("not (a and b)", "not (a and b)"),
        ("1 - (x - y) * 2", "1 - (x - y) * 2"),
        ("min(a, 2) / (b / c)", "min(a, 2) / (b / c)"),
        ("a if b == c else 0", "a if b is c, else 0"),
    ],
)
def test_conditions_in_words(text, said):
    assert typed(condition(parse(text))) == said


def test_changes_in_words():
    assert typed(change("aid", parse("cut"))) == "aid becomes cut"
    assert typed(change("x", parse("x - 0.125 - y * (aid == cut)"))) == "x changes by -0.125 - (y if aid is cut)"
    assert typed(change("x", parse("x + drift"))) == "x changes by drift"
    assert typed(change("x", parse("x + 2 * x"))) == "x changes by 2 * x"
    assert typed(change("x", parse("x"))) == "x becomes x"
    assert typed(change("x", parse("1 - x"))) == "x becomes 1 - x"
    assert typed(signed(parse("-cost + 1"))) == "-cost + 1"


def test_names_as_a_reader_writes_them():
    actors = ("us", "north_korea", "iran")
    names = (*actors, "us_aim == peace", "of_iran", "status_bus", "bus")
    said = [words.spelled(name, actors) for name in names]
    assert said == ["US", "North Korea", "Iran", "US aim == peace", "of Iran", "status bus", "bus"]


def test_a_page_draws_the_paths_that_play_draws():
    answers = longgame.assess("take-it-or-leave-it", draws=0).to_json()
    drawn, page, played = kept(answers), render(answers), play("take-it-or-leave-it")
    assert drawn is not None and (drawn.course, drawn.seen) == (played.course, played.seen)
    assert paths_svg(drawn, style=False) in page and '<a href="#paths">' in page
    older = render({key: value for key, value in answers.items() if key != "paths"})  # of a run before there were paths
    assert 'id="paths"' not in older


def test_the_picture_is_that_of_the_scenario():
    shown = picture(longgame.load("ukraine-2025"))
    steps = {step.name: step for step in shown.steps}
    call = {option.name: option for option in steps["call"].options}
    assert call["propose"].alike == ("talk",) and call["talk"].alike == ("propose",)
    assert call["propose"].seen_as == "talk" and call["stay_away"].seen_as is None
    assert typed(call["propose"].pays["us"]) == "-deceit_cost"
    assert call["stay_away"].then == "europe_decision" and steps["line_on_russia"].options[1].then is None
    assert steps["border_course"].news == ()
    assert steps["pause_offer"].to == ("ukraine",) and steps["demand"].knows == ("understanding", "russia_aim")
    priors = {hidden.name: hidden.values for hidden in shown.hidden}
    assert priors["us_aim"] == pytest.approx({"peace": 0.5, "reset": 0.5})
    assert sum(priors["understanding"].values()) == pytest.approx(1)  # type: ignore[arg-type]
    assert shown.terms["may_act"] == "war is ongoing and truce is none and pause is none"
    assert [actor.cares_about for actor in picture(longgame.load("beer-quiche")).actors] == [
        ("breakfast", "duel", "kind"),
        ("duel", "kind"),
    ]


@pytest.mark.parametrize("name", SHOWN)
def test_a_drawing_names_everything(name):
    scenario = longgame.load(name)
    root = sound(game_svg(scenario))
    drawn = " ".join(element.text or "" for element in root.iter(f"{SVG}text"))
    text = game_text(scenario, 80)
    steps = picture(scenario).steps
    names = [name for step in steps for name in (step.name, *(option.name for option in step.options))]
    for name in (*names, *scenario.state, *scenario.hidden, *scenario.actors):
        assert words.spelled(name, scenario.actors) in drawn and name in text
    assert max(map(len, text.splitlines())) <= 80


def test_what_was_written_to_hurt_is_shown():
    root = sound(game_svg(longgame.load(CASES / "xss.yaml")))
    assert "<svg/onload=alert(1)>" in {element.text for element in root.iter()}


def test_drawings_share_one_style_block_that_a_page_may_take_over():
    scenario = longgame.load("beer-quiche")
    assert game_svg(scenario).count(f"<style>{STYLE}</style>") == 1
    assert "<style" not in game_svg(scenario, style=False)
    used = set(re.findall(r'class="([^"]+)"', game_svg(longgame.load("ukraine-2025"))))
    for name in {name for names in used for name in names.split()} - {"lg"}:
        assert f".lg .{name}{{" in STYLE


def test_colours_are_those_of_the_report():
    sheet = (SOURCE / "report" / "base.css").read_text(encoding="utf-8")
    light, dark = sheet.split("prefers-color-scheme: dark", 1)
    for name, (in_light, in_dark) in COLOURS.items():
        assert f"--{name}: {in_light};" in light and f"--{name}: {in_dark};" in dark


def test_the_examples_of_the_docs_run():
    text = (SOURCE.parents[1] / "docs" / "pictures.md").read_text(encoding="utf-8")
    test = doctest.DocTestParser().get_doctest(text, {}, "pictures.md", "docs/pictures.md", 0)
    assert doctest.DocTestRunner().run(test).failed == 0 and test.examples


def test_texts_are_broken_to_fit():
    text = "one two three Donaudampfschifffahrtsgesellschaft four"
    lines = wrapped(text, 60, 12)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "") and len(lines) > 4
    assert all(width_of(line, 12) <= 60 for line in lines)
    assert wrapped("", 60, 12) == [] and shortened("short", 60, 12) == "short"
    assert width_of(shortened(text, 60, 12), 12) <= 60 and shortened(text, 60, 12).endswith("…")


MEASURED = """([text, family, weight]) => {
  const line = document.querySelector("text");
  line.textContent = text;
  line.setAttribute("font-family", family);
  line.setAttribute("font-weight", weight);
  return line.getComputedTextLength();
}"""


FACES = {"plain": ("sans-serif", 400), "bold": ("sans-serif", 600), "serif": ("serif", 400)}


def test_texts_are_no_wider_than_they_are_measured(browser):
    page = browser.new_page()
    page.set_content("<svg xmlns='http://www.w3.org/2000/svg'><text font-size='20'></text></svg>")
    signs = "\N{MINUS SIGN}\N{MULTIPLICATION SIGN}\N{RIGHTWARDS ARROW}\N{EM DASH}…≤≥"
    for sample in ("".join(map(chr, range(32, 127))), "Wie wäre es? Ça va, Łódź", signs, "中文字符"):
        for face, family, weight in (
            ("plain", "sans-serif", 400),
            ("bold", "sans-serif", 600),
            ("serif", "serif", 400),
        ):
            assert page.evaluate(MEASURED, [sample, family, weight]) <= width_of(sample, 20, face) + 0.5, (sample, face)
    page.close()


def test_no_text_is_cut_or_meets_another(browser):
    wide = longgame.load(WIDE)
    assert meeting(browser, game_svg(wide)) == []
    assert meeting(browser, *(game_svg(longgame.load(name)) for name in SHOWN)) == []
    spoilt = game_svg(wide).replace("Only if a state", "Only if " + "a state " * 20)
    assert meeting(browser, spoilt) != []


@pytest.fixture(scope="module")
def played() -> list[PlayAnswer]:
    """Some courses: of a small game, of one with hidden aims, and of one where every text is too long."""
    return [
        play(longgame.load("take-it-or-leave-it"), Seen(at="start")),
        play(longgame.load("beer-quiche"), Seen(at="start")),
        play(longgame.load("truce-on-offer"), least=0.02, until="2025-05"),
        play(longgame.load(WIDE)),
    ]


def test_paths_are_drawn_as_likely_as_they_are(played):
    for found in played:
        root = sound(paths_svg(found))
        (lines,) = root.iter(f"{SVG}g")
        bands = [float(band.get("height") or 0) for band in lines.iter(f"{SVG}rect")]
        likely = [line.probability for line in every(stretches(found.course))]
        other = [line.other for line in every(stretches(found.course)) if line.further and line.other >= 5e-4]
        assert sorted(bands) == pytest.approx(sorted(max(44 * p, 1.2) for p in likely + other), abs=0.06)


def every(line: Stretch) -> Iterator[Stretch]:
    yield line
    for further in line.further:
        yield from every(further)


def test_paths_are_told_in_words_too(played):
    found = played[0]
    described = sound(paths_svg(found)).find(f"{SVG}desc")
    assert described is not None and "30%: Proposer, terms: bold, Responder, bold: accept." in (described.text or "")
    text = paths_text(found, 80)
    assert "terms.bold.responder.accept" in text and max(map(len, text.splitlines())) <= 80


def test_what_is_answered_is_told(played):
    """A reply is never told without the offer that it answers, however sure that was."""
    (line,) = (line for line in paths_text(played[3], 400).splitlines() if "an_offer.no_offer, Feb" in line)
    assert "Feb 2025: ninth an_offer.deal_of_the_century_and_of_the_next, an_offer.deal_of" in line


def test_no_text_of_paths_is_cut_or_meets_another(browser, played):
    assert meeting(browser, *map(paths_svg, played)) == []


def test_a_timeline_shows_its_numbers(browser):
    found = timeline(longgame.load("truce-on-offer"), until="2025-08")
    svg = timeline_svg(found)
    root = sound(svg)
    shown = {element.text for element in root.iter(f"{SVG}text")}
    for line in found.lines:
        if line.state:
            assert all({words.percent(share), "<1%"} & shown for share in line.shares)
    heights = [float(mark.get("height") or 0) for mark in root.iter(f"{SVG}rect") if mark.get("width") == "9"]
    shares = [share for line in found.lines for share in (line.now, *line.shares) if share >= 5e-4]
    assert sorted(heights) == pytest.approx(sorted(max(250 * share, 1) for share in shares), abs=0.06)
    assert meeting(browser, svg, timeline_svg(timeline(longgame.load(WIDE)))) == []


@pytest.fixture(scope="module")
def trees() -> dict[str, TreeAnswer]:
    """Small games as trees: with and without probabilities, from scenarios and from files of Gambit."""
    games = Path(__file__).parents[1] / "gambit" / "games"
    return {
        "beer": tree_of_scenario(longgame.load("beer-quiche"), solve=True),
        "truce": tree_of_scenario(longgame.load("truce-on-offer"), periods=1, solve=True),
        "take": tree_of_scenario(longgame.load("take-it-or-leave-it")),
        "wide": tree_of_scenario(longgame.load(WIDE), periods=1),
        "horse": tree_of_game(read_efg(games / "horse.efg")),
        "poker": tree_of_game(read_efg(games / "poker.efg"), precision=3.0),
    }


def test_a_tree_has_every_way_to_play(trees):
    take = trees["take"]
    assert len(take.nodes) == 29 and sum(node.payoffs is not None for node in take.nodes) == 16
    assert [(one.owner, one.name, len(one.nodes)) for one in take.sets if one.owner == "proposer"] == [
        ("proposer", "terms", 2)
    ]
    lots = {node.action for node in trees["truce"].nodes}
    assert {"hold", "advance, strength=0.25", "advance, strength=0.375"} <= lots
    for tree in trees.values():
        for place, below in enumerate(children(tree.nodes)):
            info = tree.nodes[place].info
            assert (info is None) == (not below) == (tree.nodes[place].payoffs is not None)
            if info is not None and tree.sets[info].owner is None:
                assert sum(tree.nodes[child].chance or 0 for child in below) == pytest.approx(1)


def test_the_probabilities_of_a_tree_are_those_of_questions(trees):
    scenario, beer = longgame.load("beer-quiche"), trees["beer"]
    for place, node in enumerate(beer.nodes):
        below = [beer.nodes[child] for child in children(beer.nodes)[place]]
        if node.info is not None and beer.sets[node.info].owner is not None:
            assert sum(child.choice or 0 for child in below) == pytest.approx(1)
        if node.action in ("strong", "weak"):
            asked = longgame.ask(scenario, f"choice(order.quiche, given=kind == {node.action})", at="start")
            assert below[1].choice == pytest.approx(asked["value"], abs=1e-9)
    for tree in (beer, trees["truce"], trees["poker"]):
        assert sum(node.reach for node in tree.nodes if node.info is None) == pytest.approx(1)
    assert all(node.choice is None and node.reach is None for node in trees["horse"].nodes)


def test_trees_show_information_sets(trees):
    for name, joined in (("beer", 2), ("take", 1), ("horse", 1), ("poker", 1)):
        root = sound(tree_svg(trees[name]))
        dashed = [path for path in root.iter(f"{SVG}path") if path.get("stroke-dasharray")]
        assert len(dashed) == joined, name  # one line for each pair of nodes
    assert tree_text(trees["poker"]).count("[1]") == 3  # two nodes, and how to read it


def test_no_text_of_trees_is_cut_or_meets_another(browser, trees):
    assert meeting(browser, *map(tree_svg, trees.values())) == []


def test_trees_that_are_too_large_are_refused():
    with pytest.raises(TooLargeError, match="--periods 1") as caught:
        tree_of_scenario(longgame.load("truce-on-offer"))
    assert "300 nodes" in str(caught.value)
    game = read_efg(Path(__file__).parents[1] / "gambit" / "games" / "poker.efg")
    with pytest.raises(TooLargeError, match="found 11 nodes"):
        tree_of_game(game, most=10)


@pytest.mark.parametrize(
    ("media", "scheme", "place"), [("screen", "light", 0), ("screen", "dark", 1), ("print", "dark", 0)]
)
def test_drawings_go_dark_with_the_screen(browser, media, scheme, place):
    page = browser.new_page()
    page.emulate_media(media=media, color_scheme=scheme)
    page.set_content(game_svg(longgame.load("beer-quiche")))
    fill = page.evaluate("getComputedStyle(document.querySelector('svg rect')).fill")
    assert fill == "rgb({}, {}, {})".format(*bytes.fromhex(COLOURS["paper"][place][1:]))
    page.close()


def test_a_clock_that_changes_its_pace_is_told_and_drawn_to_scale():
    text = library.read("truce-on-offer").replace("periods: 12}", "periods: 12, then: [{step: 1 quarter, periods: 3}]}")
    said = clock_words(picture(loads(text)))
    assert said == "15 periods: 12 of 1 month, then 3 of 1 quarter; from March 2025 to November 2026; 3 actors."
    assert to_scale(["2025-01", "2025-02", "2025-05"]) == pytest.approx([0, 2 * 28 / 120, 2])
    assert to_scale(["2025-01-31", "2025-02", "2025-03"]) == [0, 1, 2]  # months are alike
    assert to_scale(["1", "2", "5"]) == [0, 1, 2] and to_scale(["2025"]) == [0]
