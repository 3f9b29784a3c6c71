"""The development database: start it and leave it running, stop it, print its address, reset it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from devtools.postgres import cluster_for_development
from devtools.postgres_programs import PostgresProblem

IN_USE = "Other processes of this checkout use the database"


class Command(BaseCommand):
    help = (
        "The embedded development database: start leaves it running, stop ends that, url prints "
        "its address, reset deletes everything in it."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["start", "stop", "url", "reset"])

    def handle(self, *args: Any, **options: Any) -> None:
        cluster = cluster_for_development()
        try:
            match options["action"]:
                case "start":
                    self.stdout.write(cluster.acquire())
                    cluster.keep_running()
                    cluster.release()
                case "stop" if not cluster.stop():
                    raise CommandError(f"{IN_USE}; the last of them stops it.")
                case "url":
                    self.stdout.write(cluster.url)
                case "reset" if not cluster.destroy():
                    raise CommandError(f"{IN_USE}; stop them first.")
        except PostgresProblem as problem:
            raise CommandError(str(problem)) from problem
