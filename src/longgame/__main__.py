"""``python -m longgame``: the command line."""

import sys

from longgame.cli import main

sys.exit(main())
