"""The audit log."""

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from core.models.base import new_id
from users.models import User


class AuditLog(models.Model):
    """Who changed what. Rows never change: a trigger holds them (`docs/architecture.md`).

    Written by `core.services.audit.audit_change` only.
    """

    class Action(models.TextChoices):
        CREATE = "CREATE"
        UPDATE = "UPDATE"
        DELETE = "DELETE"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    content_type = models.ForeignKey(
        ContentType, on_delete=models.DO_NOTHING, null=True, blank=True, db_index=False
    )
    object_id = models.CharField(max_length=255)
    content_object = GenericForeignKey("content_type", "object_id")
    entity_name = models.CharField(max_length=100)
    action = models.CharField(max_length=6, choices=Action)
    actor = models.ForeignKey(
        User, on_delete=models.DO_NOTHING, null=True, blank=True, related_name="+", db_index=False
    )
    # The administrator who acted in the actor's name.
    impersonator = models.ForeignKey(
        User, on_delete=models.DO_NOTHING, null=True, blank=True, related_name="+", db_index=False
    )
    before_state = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder)
    after_state = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder)
    request_id = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="audit_newest"),
            models.Index(
                fields=["content_type", "object_id", "-created_at"], name="audit_of_object"
            ),
            models.Index(fields=["actor", "-created_at"], name="audit_of_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.entity_name} {self.object_id}"
