"""The command line: ``longgame COMMAND SCENARIO``. Commands are thin; everything heavy is imported when one runs.

Exit codes:

    0    done
    1    something went wrong in longgame itself
    2    bad input: the command, the scenario or the question; or a file that cannot be read or written
    3    done, but an answer depends on a part of the game that was not solved to the tolerance
    130  stopped with Ctrl-C, SIGTERM or SIGHUP; nothing is left half written, and `longgame resume` finishes a run
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper

from cyclopts import CycloptsError

from longgame.arrays import ONE_THREAD
from longgame.cli import (  # noqa: F401  (their commands join the app)
    assistants,
    bargains,
    editors,
    estimates,
    exact,
    pages,
    pictures,
    robustness,
    scores,
    start,
    structure,
    studio,
    sweeps,
    turning,
    views,
)
from longgame.cli.commands import app
from longgame.cli.groups import arrange
from longgame.cli.output import Exit, report_problems
from longgame.cli.stopping import never_swallowed, stopped_by_signals
from longgame.errors import NotConvergedError, Place, Problem, RunError, ScenarioError
from longgame.text import composed, visible

arrange(app)

FULL = errno.ENOSPC, errno.EDQUOT, errno.EFBIG


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for name, threads in ONE_THREAD.items():
        os.environ.setdefault(name, threads)
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in tokens
    # Names are compared in Unicode's composed form, in which not every keyboard writes; those of files stay so.
    tokens = [token if os.path.lexists(token) else composed(token) for token in tokens if token != "--debug"]
    json = "--json" in tokens
    _open_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a name that the terminal cannot show must not end the run
    try:
        with stopped_by_signals(), never_swallowed(), _without_warnings(debug):
            code = app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
        return int(code or Exit.DONE)
    except KeyboardInterrupt:
        print("\nStopped; nothing was left half written.", file=sys.stderr)
        return Exit.STOPPED
    except BrokenPipeError:  # the reader of our output has gone, as in `longgame list | head -1`
        _say_no_more()
        return Exit.NO_READER
    except CycloptsError as error:
        message = visible(str(error).strip())
        if not json:
            print(f"longgame: {message.rstrip('.')}. See longgame --help.", file=sys.stderr)
            return Exit.BAD_INPUT
        return report_problems([_problem("usage", "a command that longgame knows", message)], json=json)
    except ScenarioError as error:
        return report_problems(error.problems, json=json)
    except RunError as error:
        if not json:
            print(f"longgame: {visible(str(error))}", file=sys.stderr)
            return Exit.BAD_INPUT
        return report_problems([_problem("run", "a run that can be used", str(error))], json=json)
    except NotConvergedError as error:
        report_problems([_problem("not-converged", "a solution to the tolerance", str(error))], json=json)
        return Exit.NOT_CONVERGED
    except OSError as error:
        return report_problems([_unusable(error)], json=json)
    except Exception as error:
        if debug:
            traceback.print_exc()
        else:
            print(
                f"longgame: an error of longgame itself, not of the scenario: {type(error).__name__}: "
                f"{visible(str(error))}\n"
                "Please report it, with the scenario and the command; --debug shows where it happened.",
                file=sys.stderr,
            )
        return Exit.FAILED


def _open_streams() -> None:
    """Open the standard streams that are closed, to nowhere: else a file of ours takes the place of one."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which is this one
    sys.stdout, sys.stderr = sys.stdout or os.fdopen(1, "w"), sys.stderr or os.fdopen(2, "w")


@contextmanager
def _without_warnings(debug: bool) -> Iterator[None]:
    """What libraries warn of is for programmers, who ask for it."""
    with warnings.catch_warnings():
        if not debug and not sys.warnoptions:
            warnings.simplefilter("ignore")
        yield


def _say_no_more() -> None:
    """What is still to be written to the standard output goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _unusable(error: OSError) -> Problem:
    found = error.strerror or str(error)
    where = error.filename or ""
    if not where and error.errno in FULL:  # files of ours have a name
        _say_no_more()
        where = "standard output"
    return Problem("file", Place(file=str(where)), "a file that can be used", found.lower())


def _problem(code: str, expected: str, found: str) -> Problem:
    return Problem(code, Place(path="command line"), expected, found)
