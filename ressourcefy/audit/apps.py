"""The audit app; it hands its recorder down to core, which must not know it."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        import audit.services.pruning  # noqa: F401, PLC0415 - registers what it prunes
        from audit.services.record import record_change  # noqa: PLC0415 - models are ready only now
        from core.services.audit import register_recorder  # noqa: PLC0415

        register_recorder(record_change)
