"""What `bench.outbox` measures: the product's worker, and the same statements in a bare loop."""

import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import psycopg
from psycopg.types.json import set_json_loads

# Of the events that handlers of this module take.
NOTHING, NETWORK, STAMP = "bench.nothing", "bench.network", "bench.stamp"
_NETWORK_SECONDS = 0.05

FILL = """
INSERT INTO core_outboxevent (id, updated_at, aggregate_type, aggregate_id, event_type, is_external,
    payload, version, status, retry_count, wait_count, claim_count, locked_by, error_message,
    history, request_id)
SELECT bench.id(clock_timestamp(), 'event', n), now(), 'BENCH', (n %% %(aggregates)s)::text,
    %(type)s, %(external)s, '{"n": 1}', 1, 'PENDING', 0, 0, 0, '', '', '[]', ''
FROM generate_series(1, %(number)s) AS n
"""
OPEN = "SELECT EXISTS (SELECT FROM core_outboxevent WHERE status IN ('PENDING', 'PROCESSING'))"


class _Outbox:
    """One process with a worker, an emitter, or a bare loop."""

    def __init__(self) -> None:
        import django  # noqa: PLC0415 - its settings come first

        django.setup()
        from core.outbox import HandlerKind, handles  # noqa: PLC0415

        self._delays: list[float] = []
        handles(NOTHING, HandlerKind.LOCAL)(lambda event: None)
        handles(NETWORK, HandlerKind.EXTERNAL)(lambda event: time.sleep(_NETWORK_SECONDS))
        handles(STAMP, HandlerKind.LOCAL)(
            lambda event: self._delays.append(time.time() - event.payload["at"])
        )
        self._number = 0
        self._worker: Any = None
        self._rested = threading.Event()
        # Kept: what a connection used would be lost with it.
        self._watcher: psycopg.Connection | None = None
        self._looping: psycopg.Connection | None = None

    def __call__(self, work: dict[str, Any]) -> bytes:
        match work.pop("what"):
            case "drain":
                self._drain(**work)
            case "bare":
                self._bare(**work)
            case "emit":
                self._emit(**work)
            case "listen":
                self._listen()
            case "stop":
                self._stop()
            case "delays":
                return json.dumps(self._delays).encode()
        return b"null"

    def _drain(self, *, batch: int, threads: int = 8) -> None:
        """The worker as the command runs it, until there is nothing left.

        It stays, and looks again only when it is told to: what its threads used would be lost with
        them. The table is not looked at before it rests: that would take processor time as well.
        """
        from core.outbox.worker import Worker, _Look  # noqa: PLC0415

        self._rested.clear()
        if self._worker is None:
            self._note_rests()
            self._worker = Worker(batch=batch, threads=threads, interval=100_000)
            self._thread = threading.Thread(target=self._worker.run, daemon=True)
            self._thread.start()
        else:
            self._worker._mailbox.put(_Look(local=True))
        if self._watcher is None:
            self._watcher = self._bare_connection("watcher")
        self._rested.wait()
        while self._watcher.execute(OPEN).fetchone() == (True,):
            time.sleep(0.005)

    def _note_rests(self) -> None:
        from core.outbox.local_lane import LocalLane  # noqa: PLC0415

        rest = LocalLane._sleep

        def sleep(lane: LocalLane) -> None:
            self._rested.set()
            rest(lane)

        LocalLane._sleep = sleep  # type: ignore[method-assign, assignment]

    def _bare(self, *, batch: int) -> None:
        """What the product sends to the database for a batch, and what comes back, and no more."""
        from core.outbox import claims  # noqa: PLC0415

        claim = claims._CLAIM.format(**claims._DUE, lane=claims.Lane.LOCAL.value)
        if self._looping is None:
            self._looping = self._bare_connection()
            set_json_loads(orjson.loads, self._looping)
        cursor = psycopg.ClientCursor(self._looping)
        while True:
            self._number += 1
            token = f"bench:{self._number}"
            lease = timedelta(minutes=1)
            cursor.execute(claim, {"token": token, "lease": lease, "limit": batch})
            cursor.nextset()
            ids = claims.array_of([row[0] for row in cursor.fetchall()])
            if ids == "{}":
                return
            cursor.execute("BEGIN")
            cursor.execute(claims._COMPLETE, {"ids": ids, "token": token})
            cursor.execute("COMMIT")

    def _bare_connection(self, name: str = "") -> "psycopg.Connection":
        from django.db import connection  # noqa: PLC0415

        parameters = connection.get_connection_params()
        known = psycopg.conninfo.make_conninfo(
            dbname=parameters["dbname"],
            host=parameters["host"],
            user=parameters["user"],
            application_name=name or parameters["application_name"],
        )
        return psycopg.connect(known, autocommit=True)

    def _emit(self, *, number: int, pause: float = 0.0, wakes: bool = True) -> None:
        from django.db import transaction  # noqa: PLC0415

        from core.outbox import emission, emit_event  # noqa: PLC0415
        from core.outbox.wake_up import wake_workers  # noqa: PLC0415

        emission.wake_workers = wake_workers if wakes else lambda: None  # type: ignore[attr-defined]
        for _ in range(number):
            self._number += 1
            with transaction.atomic():
                emit_event("BENCH", self._number, STAMP, {"at": time.time()})
            time.sleep(pause)

    def _listen(self) -> None:
        from core.outbox.worker import Worker  # noqa: PLC0415

        self._worker = Worker()
        self._thread = threading.Thread(target=self._worker.run, daemon=True)
        self._thread.start()

    def _stop(self) -> None:
        self._worker.stop()
        self._thread.join()


def work() -> Callable[[dict[str, Any]], bytes]:
    """What the measured process does."""
    return _Outbox()
