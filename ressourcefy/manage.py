#!/usr/bin/env python
"""The product's command line: prepares the environment, then hands over to Django."""

import atexit
import gc
import sys

try:
    from django.core.management import execute_from_command_line

    from devtools.environment import prepare
except ImportError as error:
    sys.exit(
        f"{error}: activate the virtual environment (. ../.venv/bin/activate), or let `make run` "
        "set everything up."
    )


def main() -> None:
    # Or the end would look through all that was loaded, again and again: a quarter of the time of
    # most commands.
    atexit.register(gc.freeze)
    prepare(sys.argv)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
