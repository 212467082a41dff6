"""The studio's folder: the only place where it reads scenario files, and the only one where it writes.

A path that leads out of it, by `..`, by being absolute or through a link, is refused, also in what a scenario extends.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from longgame.errors import LonggameError, Place, Problem, ScenarioError
from longgame.files import write_new, write_whole
from longgame.scenario import library
from longgame.scenario.load import loads, text_of
from longgame.scenario.model import Scenario
from longgame.studio.models import ScenarioFile
from longgame.text import nearest

ENDINGS = (".yaml", ".yml")
MOST_FILES = 500  # that are offered to be opened
LOOKING = 1.0  # seconds that it may take to look for mistakes in them; the rest are looked at the next time
DEEPEST = 4  # folders in folders that are looked into
MOST_BYTES = 16_000_000
_OURS = re.compile(rb"^(?:\xef\xbb\xbf)?(?:actors|extends):", re.MULTILINE)


@dataclass(frozen=True)
class Home:
    """A folder, with all links on the way to it followed once and for all."""

    root: Path
    _seen: dict[tuple[str, int, int], bool] = field(default_factory=dict, compare=False)  # is this file sound?

    @classmethod
    def at(cls, path: Path) -> Home:
        """The folder at a path, which must be there."""
        root = path.resolve(strict=True)
        if not root.is_dir():
            raise ScenarioError([Problem("folder", Place(file=str(path)), "a folder", "a file")])
        return cls(root)

    def scenarios(self) -> list[ScenarioFile]:
        """What can be opened: the files of the folder, then the scenarios that come with longgame."""
        until = time.monotonic() + LOOKING
        own = [
            ScenarioFile(origin=f"file:{name}", title=self._titled(name, until), group="This folder")
            for name in self._files()
        ]
        shipped = library.shipped().items()
        return own + [
            ScenarioFile(origin=f"shipped:{name}", title=title, group=library.group_of(name)) for name, title in shipped
        ]

    def read(self, origin: str) -> str:
        """The text of a scenario. Raises ScenarioError where there is none, or it is not in the folder."""
        kind, _, name = origin.partition(":")
        if kind == "shipped":
            if name not in library.names():
                raise _refused(name, "the name of a shipped scenario", f"`{name}`", nearest(name, library.names()))
            return library.read(name)
        path = self._inside(name)
        if not path.exists():
            raise _refused(name, "a scenario file in the folder", f"no `{name}`", "Was it moved or deleted?")
        return text_of(path)

    def label(self, origin: str) -> str:
        """What messages call a scenario; what it extends is looked for beside that."""
        kind, _, name = origin.partition(":")
        return f"{name}.yaml" if kind == "shipped" else str(self._inside(name))

    def loads(self, text: str, origin: str) -> Scenario:
        """A scenario from its text, with what it extends read from the folder alone. Raises ScenarioError."""
        return loads(text, self.label(origin), within=self.root)

    def origin_of(self, source: str) -> str:
        """The origin of what was named on the command line: a shipped scenario, or a file in the folder."""
        if source in library.names() and not source.endswith(ENDINGS):
            return f"shipped:{source}"
        return f"file:{Path(source).resolve().relative_to(self.root).as_posix()}"

    def write(self, name: str, text: str, *, replace: bool) -> str:
        """Write NAME.yaml, and return its origin. Raises ScenarioError where that must not be."""
        path = self._inside(f"{name}.yaml")
        try:
            if replace:
                if path.exists() and not path.is_file():
                    raise _refused(path.name, "a file that can be replaced", "something else")
                write_whole(path, text)
            else:
                write_new(path, text)
        except FileExistsError:
            fix = "Choose another name, or replace it."
            raise ScenarioError([Problem("file-exists", Place(file=path.name), "no file yet", "one", fix)]) from None
        except OSError as error:
            raise _refused(path.name, "a file that can be written", str(error.strerror).lower()) from None
        return f"file:{path.relative_to(self.root).as_posix()}"

    def _titled(self, name: str, until: float) -> str:
        """The name of a file, with a word on it if it is no scenario that can be solved; not looked at when late."""
        try:
            status = (self.root / name).stat()
            key = name, status.st_mtime_ns, status.st_size
            if key not in self._seen and time.monotonic() <= until:
                self._seen[key] = self._is_sound(name)
            return name if self._seen.get(key, True) else f"{name} (has mistakes)"
        except OSError:  # it was deleted just now
            return name

    def _is_sound(self, name: str) -> bool:
        try:
            self.loads(self.read(f"file:{name}"), f"file:{name}")
        except LonggameError:
            return False
        return True

    def _files(self) -> Iterator[str]:
        found = 0
        for folder, folders, names in os.walk(self.root):
            here = Path(folder).relative_to(self.root)
            deep = len(here.parts) >= DEEPEST
            folders[:] = [] if deep else sorted(name for name in folders if not name.startswith((".", "_")))
            for name in sorted(names):
                if name.endswith(ENDINGS) and not name.startswith(".") and _looks_right(Path(folder) / name):
                    found += 1
                    yield (here / name).as_posix()
                if found >= MOST_FILES:
                    return

    def _inside(self, name: str) -> Path:
        """The path of a file in the folder. Raises ScenarioError for any other, and for a link."""
        path = self.root / name
        try:
            inside = path.resolve().is_relative_to(self.root) and not path.is_symlink()
        except (OSError, ValueError):
            inside = False
        if not inside or ".." in Path(name).parts or not name.endswith(ENDINGS) or len(name) > 300:
            fix = "Nothing is read or written outside the folder that longgame was given."
            raise _refused(name, "a .yaml file in the folder", f"`{name}`", fix)
        return path


def _looks_right(path: Path) -> bool:
    """Whether a file may be a scenario: a file with actors in it, or one that builds on another."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MOST_BYTES:  # a pipe would wait for ever
            return False
        return _OURS.search(path.read_bytes()) is not None
    except OSError:
        return False


def _refused(name: str, expected: str, found: str, fix: str = "") -> ScenarioError:
    return ScenarioError([Problem("no-such-file", Place(file=name), expected, found, fix)])
