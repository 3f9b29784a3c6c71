"""procrastinate with a task that does nothing."""

import asyncio
from collections.abc import Callable
from typing import Any

import procrastinate
from django.db import connection


def _app() -> procrastinate.App:
    import django  # noqa: PLC0415 - only to read the address of the database

    django.setup()
    known = connection.get_connection_params()
    names = ("dbname", "host", "user", "application_name")
    connector = procrastinate.PsycopgConnector(kwargs={name: known[name] for name in names})
    return procrastinate.App(connector=connector)


def work() -> Callable[[dict[str, Any]], bytes]:
    """What the measured process does: fill the queue, or empty it with one worker."""
    app = _app()

    @app.task(name="nothing")
    async def nothing(n: int) -> None:
        pass

    async def fill(number: int) -> None:
        async with app.open_async():
            if not await app.check_connection_async():
                await app.schema_manager.apply_schema_async()
            await nothing.batch_defer_async(*({"n": n} for n in range(number)))

    async def drain(concurrency: int) -> None:
        async with app.open_async():
            await app.run_worker_async(
                wait=False, concurrency=concurrency, install_signal_handlers=False
            )

    def do(work: dict[str, Any]) -> bytes:
        asyncio.run(fill(work["fill"]) if "fill" in work else drain(work["concurrency"]))
        return b"null"

    return do
