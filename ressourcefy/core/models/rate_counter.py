"""How often something was tried lately: one row for each limit and subject."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class RateCounter(models.Model):
    """The times of the tries that a limit still remembers, the oldest first.

    The key is a keyed digest of the limit and its subject, so the table holds neither addresses
    nor names. Written by `core.services.limits` only.
    """

    key = models.UUIDField(primary_key=True, editable=False)
    limit_name = models.CharField(max_length=50)
    hits = ArrayField(models.DateTimeField())
    # From then on the row says nothing any more.
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="rate_counter_expiry")]

    def __str__(self) -> str:
        return f"{self.limit_name} {self.key}"
