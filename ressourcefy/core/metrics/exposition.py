"""All figures of this server in Prometheus' text format, whichever process counted them."""

import os

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

_asked_at_scrape: list[Collector] = []


def add_scrape_collector(collector: Collector) -> None:
    """Have `collector` asked at each scrape, for figures that no process counts."""
    _asked_at_scrape.append(collector)


def exposition() -> bytes:
    """What Prometheus reads: the counts of all processes, and what the collectors say now."""
    registry = CollectorRegistry()
    for collector in _asked_at_scrape:
        registry.register(collector)
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY) + generate_latest(registry)
    # The web server's processes count in files of one directory (`gunicorn.conf.py`).
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
