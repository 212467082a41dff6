"""Fixtures for all tests."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "longgame"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

#: Data whose licence keeps it out of this repository: the nearest folder shared/data above it, where there is one.
SHARED = next(filter(Path.is_dir, (folder / "shared" / "data" for folder in Path(__file__).parents)), None)

os.environ.pop("COLUMNS", None)  # what is printed is as wide as on any other machine

if sys.dont_write_bytecode:  # then each worker and each program that a test starts would compile all modules anew
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of data that is not part of the repository."""
    if SHARED is None:
        pytest.skip("no folder shared/data above the repository")
    return SHARED


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's chromium without a window and without traffic of its own."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine; apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield running
        running.close()
