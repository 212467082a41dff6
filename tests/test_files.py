"""Files are whole or not there, and have the rights that the umask leaves."""

from __future__ import annotations

import errno
import os
import re

import pytest

from longgame.files import Steady, sweep, whole, write_new, write_whole


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_files_are_whole_or_not_there(tmp_path):
    path = tmp_path / "answers.json"
    write_whole(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "new \ud800")
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["answers.json"]


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_files_have_the_rights_that_the_umask_leaves(tmp_path, mask):
    before = os.umask(mask)
    try:
        write_whole(tmp_path / "whole", "x")
        write_new(tmp_path / "new", "x")
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o666 & ~mask}


def test_new_files_never_overwrite(tmp_path):
    path = tmp_path / "case.yaml"
    write_new(path, "mine")
    with pytest.raises(FileExistsError):
        write_new(path, "yours")
    assert path.read_text() == "mine" and names_in(tmp_path) == ["case.yaml"]


def test_what_goes_wrong_names_the_file_and_not_its_part(tmp_path):
    with pytest.raises(OSError) as caught, whole(tmp_path / "big"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.filename == str(tmp_path / "big")
    with pytest.raises(OSError) as caught, whole(tmp_path / "big") as temporary:
        raise OSError(errno.ENOSPC, "No space left on device", str(temporary))
    assert caught.value.filename == str(tmp_path / "big")
    with pytest.raises(OSError) as caught, whole(tmp_path / "big"):
        raise OSError(errno.EIO, "Input/output error", "another")
    assert caught.value.filename == "another"
    assert names_in(tmp_path) == []


def test_parts_that_killed_processes_left_are_taken_away(tmp_path):
    for name in (".run.json.0123abcd.part", ".notes.txt.0123abcd.part", ".run.json.part", "run.json"):
        (tmp_path / name).touch()
    sweep(tmp_path, re.compile(r"run\.json"))
    assert names_in(tmp_path) == [".notes.txt.0123abcd.part", ".run.json.part", "run.json"]


class Full:
    """A file on a disk that has room for so many bytes."""

    def __init__(self, room):
        self.room, self.kept = room, b""

    def write(self, data):
        taken = bytes(data)[: self.room - len(self.kept)]
        if not taken:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.kept += taken
        return len(taken)


@pytest.mark.parametrize("sizes", [[4, 3, 3], [6, 1, 3], [7, 3], [7]])
def test_a_library_does_not_hear_of_a_full_disk_but_we_do(sizes):
    full = Full(6)
    file = Steady(full)  # pyright: ignore[reportArgumentType]
    file.check()
    assert [file.write(b"x" * size) for size in sizes] == sizes
    with pytest.raises(OSError, match="No space left"):
        file.check()
    assert len(full.kept) <= 6
