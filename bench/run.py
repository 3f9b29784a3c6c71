"""All benchmarks, one after the other: `make bench`, or `python -m bench.run [name ...]`."""

import argparse
import importlib
import sys
import time
from collections.abc import Sequence

from bench.report import write_report
from bench.stage import stage

#: Each is a module of this package with a function `main`.
BENCHMARKS = ("feed", "lists", "http", "outbox", "writes", "login")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(BENCHMARKS)}")
    names = parser.parse_args(arguments).names or BENCHMARKS
    unknown = set(names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    # Whoever holds the server keeps its memory warm from one benchmark to the next.
    with stage():
        for number, name in enumerate(names, start=1):
            print(f"\n[{number}/{len(names)}] {name}", flush=True)
            started = time.monotonic()
            importlib.import_module(f"bench.{name}").main([])
            print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)
    write_report()
    return 0


if __name__ == "__main__":
    sys.exit(main())
