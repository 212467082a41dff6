"""How long the studio takes: the preview while a slider is dragged, and the exact claims after it is let go.

    python benchmarks/studio.py ukraine-2025 --releases 30

Opens a scenario as a browser would, over a real connection. Then one slider after the other is moved to a random place
of its range, and the time from the request to the claims is taken; what follows in the background is given up, as it
is when somebody moves the next slider. Where there is a chromium, a slider is dragged in it as well: a preview is timed
from the event to the frame in which the claims are drawn anew.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import numpy as np

DRAG = """(count) => new Promise((done) => {
  const slider = document.querySelector("[id^=slider-]"), times = [];
  const step = () => {
    if (times.length === count) return done(times);
    slider.value = String(60 + (times.length % 80));
    const began = performance.now();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame(() => requestAnimationFrame(() => { times.push(performance.now() - began); step(); }));
  };
  step();
})"""
DRAWING = """(count) => new Promise((done) => {
  const slider = document.querySelector("[id^=slider-]"), board = document.querySelector(".rows"), times = [];
  let began = 0;
  new MutationObserver(() => { if (began) { times.push(performance.now() - began); began = 0; } })
    .observe(board, { subtree: true, childList: true, characterData: true, attributes: true });
  let sent = 0;
  const step = () => {
    if (sent++ === count) return done(times);
    slider.value = String(60 + (sent % 80));
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame((now) => { began = now; setTimeout(step, 30); });
  };
  step();
})"""


@contextmanager
def studio(scenario: str) -> Iterator[str]:
    """The address of a studio of its own."""
    command = [sys.executable, "-m", "longgame", "studio", scenario, "--no-browser", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"})
    assert process.stdout is not None
    try:
        text = ""
        while not text.rstrip().endswith("}"):
            text += process.stdout.readline()
        yield json.loads(text)["address"]
    finally:
        process.terminate()
        process.wait()


def until(address: str, content: dict[str, Any], kind: str) -> tuple[dict[str, Any], dict[str, float]]:
    """The events up to the first of a kind, by kind, and when each kind was first told, in seconds."""
    began, found, times = time.perf_counter(), {}, {}
    name = ""
    with httpx.stream("POST", f"{address}api/solve", json=content, timeout=None) as stream:
        for line in stream.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                found[name] = json.loads(line.removeprefix("data: "))
                times.setdefault(name, time.perf_counter() - began)
                if name in (kind, "problem"):
                    break
    return found, times


def spread(values: list[float], unit: str) -> str:
    """Median, 95th percentile and the largest."""
    low, high = np.percentile(values, [50, 95])
    return (
        f"median {low:.3g} {unit}, 95th percentile {high:.3g} {unit}, most {max(values):.3g} {unit}, of {len(values)}"
    )


def releases(address: str, origin: str, count: int) -> None:
    """Sliders that are let go, one after the other."""
    found, times = until(address, {"state": {"origin": origin}, "describe": True, "draws": 0, "slopes": False}, "done")
    print(f"opened, with errors, after {times['claims']:.1f} s")
    varying = [row for row in found["opened"]["assumptions"] if row["high"] > row["low"]]
    rng, took = np.random.default_rng(0), []
    for _ in range(count):
        row = varying[int(rng.integers(len(varying)))]
        values = {row["name"]: float(rng.uniform(row["low"], row["high"]))}
        took.append(until(address, {"state": {"origin": origin, "values": values}}, "claims")[1]["claims"])
    print(f"claims after a slider is let go: {spread(took, 's')}")


def previews(address: str, count: int) -> None:
    """A slider that is dragged in a browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(address)
        page.wait_for_selector(".rows .row", timeout=300_000)
        name = page.locator("[id^=slider-]").first.get_attribute("id")
        drawn = page.evaluate(DRAWING, count)
        frames = page.evaluate(DRAG, count)
        print(f"preview in the browser ({name}): drawn within its frame in {spread(drawn, 'ms')}")
        print(f"from the event to the second frame after it: {spread(frames, 'ms')}")
        browser.close()


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="?", default="ukraine-2025")
    parser.add_argument("--releases", type=int, default=30)
    parser.add_argument("--previews", type=int, default=100)
    asked = parser.parse_args()
    with studio(asked.scenario) as address:
        releases(address, f"shipped:{asked.scenario}", asked.releases)
        if asked.previews and shutil.which("chromium"):
            previews(address, asked.previews)


if __name__ == "__main__":
    main()
