"""A stop is heard, also where Python cannot pass it on."""

from __future__ import annotations

import ctypes
import os
import signal
import time

import pytest

from longgame.cli.stopping import never_swallowed

CALLBACK = ctypes.CFUNCTYPE(None)


def stopped_within_c() -> None:
    """As where a compiler written in C calls Python: the interrupt is raised there and dropped."""

    @CALLBACK
    def callback() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)

    callback()


def test_what_a_library_fails_of_after_a_stop_is_the_stop(capfd):
    with pytest.raises(KeyboardInterrupt), never_swallowed():
        stopped_within_c()
        raise RuntimeError("no compiled object yet")
    assert capfd.readouterr().err == ""


def test_a_stop_after_which_a_library_goes_on_is_asked_for_again():
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), never_swallowed():
        stopped_within_c()
        while time.monotonic() < began + 30:
            time.sleep(0.01)
    assert time.monotonic() < began + 20


def test_an_error_without_a_stop_stays_one():
    with pytest.raises(RuntimeError, match="something else"), never_swallowed():
        raise RuntimeError("something else")
