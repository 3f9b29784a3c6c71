"""`python -m development_stripe --port N`: a Stripe to develop with, on this machine only."""

import argparse
import ipaddress
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from development_stripe.api.handling import LIVE, TEST
from development_stripe.control import happenings
from development_stripe.deliveries import Deliverer
from development_stripe.routing import Application
from development_stripe.server import Server
from development_stripe.store import Store

TRUE = {"1", "true", "t", "yes", "y", "on"}
LIFELINE = "RESSOURCEFY_LIFELINE"
CANNOT_START = 2


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    reason = refusal(options, os.environ.get("DJANGO_DEBUG", ""))
    if reason:
        return _refuse(reason)
    try:
        server = Server(options.host, options.port)
    except (OSError, OverflowError) as error:
        return _refuse(f"port {options.port} of {options.host} cannot be used ({error})")

    store = Store(file=options.state)
    problem = store.load(server.base)
    if problem:
        sys.stderr.write(f"development Stripe: {problem}\n")
    if options.key:
        with store.lock:
            happenings.set_endpoint(
                store.account(options.key), {"url": options.endpoint, "secret": options.secret}
            )
            store.make_first(options.key)
            store.save()

    def leave(*_ignored: object) -> None:
        # At once, but not in the middle of writing the file.
        store.lock.acquire(timeout=1)
        os._exit(0)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    _follow_lifeline()
    deliverer = Deliverer(store)
    server.application = Application(store, deliverer)
    deliverer.start()
    sys.stdout.write(f"development Stripe listening on {server.base}\n")
    sys.stdout.flush()
    server.serve_forever()
    return 0


def refusal(options: argparse.Namespace, debug: str) -> str | None:
    """Why this must not start here, in one line."""
    if debug.strip() and debug.strip().lower() not in TRUE:
        return "DJANGO_DEBUG is off, so this is no development"
    if (options.key or "").startswith(LIVE):
        return "a live key has no business here"
    if options.key and not options.key.startswith(TEST):
        return "a key begins with sk_test_ or rk_test_"
    given = [bool(one) for one in (options.endpoint, options.secret, options.key)]
    if any(given) and not all(given):
        return "--endpoint, --secret and --key go together"
    if not is_loopback(options.host):
        return f"{options.host} is no loopback address"
    return None


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m development_stripe", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 for any that is free")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--state", type=Path, help="a file that keeps everything")
    parser.add_argument("--endpoint", help="where the events of --key go")
    parser.add_argument("--secret", help="what they are signed with")
    parser.add_argument("--key", help="the secret key whose account --endpoint is for")
    return parser.parse_args(arguments)


def _follow_lifeline() -> None:
    """End with the launcher that started us, however it ended: it holds a pipe's other end."""
    descriptor = os.environ.pop(LIFELINE, "")
    if not descriptor:
        return

    def wait_for_its_end() -> None:
        os.read(int(descriptor), 1)
        os._exit(0)

    threading.Thread(target=wait_for_its_end, daemon=True).start()


def _refuse(reason: str) -> int:
    sys.stderr.write(f"development Stripe cannot start: {reason}.\n")
    return CANNOT_START


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
