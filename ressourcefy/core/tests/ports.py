"""Ports of this machine for tests."""

import contextlib
import random
import socket

# Below those that systems give to connections, of which many come and go beside a test.
_PORTS = range(10_000, 32_000)


def free_port() -> int:
    """A port that nothing listens on, and that nobody is likely to get by chance."""
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", random.choice(_PORTS)))
            return int(probe.getsockname()[1])
