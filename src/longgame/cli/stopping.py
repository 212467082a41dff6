"""A stop that is asked for: by Ctrl-C, by another process, by a terminal that goes away."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

#: The signals that ask a process to end: of another process, and of a terminal that goes away.
ENDING = [number for name in ("SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None]

AGAIN = 0.3  # seconds after which a stop that was swallowed is asked for again


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """What asks a process to end, stops it as Ctrl-C does."""

    def stop(number: int, frame: object) -> NoReturn:
        raise KeyboardInterrupt

    mine = threading.current_thread() is threading.main_thread()
    ours = [number for number in ENDING if mine and signal.getsignal(number) is signal.SIG_DFL]  # nohup ignores one
    for number in ours:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def never_swallowed() -> Iterator[None]:
    """A stop ends what is within, also where it comes while C code calls Python, as when LLVM compiles the solver.

    There the interrupt cannot go up: Python drops it, with a message to the terminal, and the library fails of
    something else, or goes on. So what it fails of counts as the stop, and if it goes on, the stop is asked for again.
    """
    swallowed: list[threading.Timer] = []
    before = sys.unraisablehook

    def note(dropped: Any) -> None:
        if not issubclass(dropped.exc_type, KeyboardInterrupt):
            before(dropped)
            return
        swallowed.append(threading.Timer(AGAIN, _thread.interrupt_main))
        swallowed[-1].daemon = True
        swallowed[-1].start()

    sys.unraisablehook = note
    try:
        yield
    except Exception:
        if swallowed:
            raise KeyboardInterrupt from None
        raise
    finally:
        for timer in swallowed:
            timer.cancel()
        sys.unraisablehook = before
