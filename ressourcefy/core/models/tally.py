"""How many there are of what dashboards show: maintained totals, written by triggers."""

from django.contrib.postgres.functions import RandomUUID
from django.db import models


class Tally(models.Model):
    """A step of a total, whose value is the sum of the rows of its name.

    Triggers add a row where something changed, so that writers never wait for each other as they
    would for one row with the sum. `core.services.tallies` folds the rows together.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    name = models.CharField(max_length=100)
    number = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return f"{self.name} {self.number:+}"
