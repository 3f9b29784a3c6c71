"""The vocabulary of comments."""

from django.db import models


class ModerationAction(models.TextChoices):
    """What a moderator did to a comment."""

    HIDE = "HIDE"
    RESTORE = "RESTORE"
