"""The read models app; it hands the figures that the database knows down to the metrics."""

from django.apps import AppConfig


class ReadModelsConfig(AppConfig):
    name = "read_models"

    def ready(self) -> None:
        from core.metrics.exposition import add_scrape_collector  # noqa: PLC0415 - models are ready
        from read_models.operations.metrics import DatabaseCollector  # noqa: PLC0415

        add_scrape_collector(DatabaseCollector())
