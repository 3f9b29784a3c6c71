"""The worker process of tests: `process_events --loop` with handlers that leave effects."""

import sys

import django
from django.core.management import call_command


def main() -> None:
    """Run until a signal ends it."""
    django.setup()
    # Models can be imported only now.
    from core.outbox import temporary_handlers  # noqa: PLC0415
    from core.tests.outbox_helpers import register_standard_handlers  # noqa: PLC0415

    with temporary_handlers(keep=False):
        register_standard_handlers()
        call_command("process_events", "--loop", *sys.argv[1:])


if __name__ == "__main__":
    main()
