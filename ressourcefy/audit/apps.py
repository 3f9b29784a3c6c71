"""The audit app; it hands its recorder down to core, which must not know it."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        import audit.services.pruning  # noqa: F401, PLC0415 - registers what it prunes
        from audit.services.record import (  # noqa: PLC0415 - models are ready only now
            record_change,
            recording_from,
        )
        from core.services.audit import register_recorder  # noqa: PLC0415

        register_recorder(record_change, recording_from)
