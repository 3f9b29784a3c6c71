"""Payloads of settled deliveries go; the deliveries and unsettled payloads stay."""

from datetime import timedelta

from django.core.management import call_command
from django.test import TestCase
from django.utils import timezone

from monetization.models import WebhookEvent
from monetization.types import WebhookStatus


class PruneWebhookPayloadsTests(TestCase):
    def test_empties_old_payloads_that_will_never_be_processed_again(self) -> None:
        now = timezone.now()
        for name, status, days in (
            ("old", WebhookStatus.PROCESSED, 91),
            ("ignored", WebhookStatus.IGNORED, 91),
            ("young", WebhookStatus.PROCESSED, 89),
            ("failed", WebhookStatus.FAILED, 91),
        ):
            WebhookEvent.objects.create(
                stripe_id=name,
                event_type="test",
                payload={"id": name},
                status=status,
                processed_at=now - timedelta(days=days),
            )

        call_command("prune", only="webhook_payloads", pause=0, verbosity=0)

        emptied = WebhookEvent.objects.filter(payload={}).values_list("stripe_id", flat=True)
        self.assertEqual(set(emptied), {"old", "ignored"})
        self.assertEqual(WebhookEvent.objects.count(), 4)
