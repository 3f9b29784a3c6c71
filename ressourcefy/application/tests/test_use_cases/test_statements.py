"""How many statements the hot writes send, and that nothing is lost when many write at once."""

from django.contrib.contenttypes.models import ContentType
from django.test import TestCase, TransactionTestCase

from application.dto.commands import VoteOnCommentCommand, VoteOnResourceCommand
from application.tests.billing import subscribe
from application.tests.shop import Shop, deliver, ours
from application.use_cases.vote_on_comment import VoteOnComment
from application.use_cases.vote_on_resource import VoteOnResource
from audit.models import AuditLog
from core.models import OutboxEvent
from core.tests.races import at_once
from core.tests.statements import recorded_statements
from interactions.models import CommentVote
from interactions.tests.factories import make_comment
from resources.models import ResourceVote
from resources.tests.factories import make_resource
from resources.types import VoteValue
from users.tests.factories import make_user


class VoteTests(TestCase):
    def test_takes_one_statement_whatever_is_voted(self) -> None:
        user, comment, resource = make_user(), make_comment(), make_resource()
        # Asked for once in a process.
        ContentType.objects.get_for_models(CommentVote, ResourceVote)

        for value in (VoteValue.UP, VoteValue.DOWN, VoteValue.DOWN, None, None):
            on_comment = VoteOnCommentCommand(user=user, comment_id=comment.pk, vote_value=value)
            on_resource = VoteOnResourceCommand(
                user=user, resource_id=resource.pk, vote_value=value
            )
            with self.subTest(value=value), recorded_statements() as sent:
                VoteOnComment().execute(on_comment)
                VoteOnResource().execute(on_resource)

                self.assertEqual([text.split()[0] for text in sent], ["WITH", "WITH"])

    def test_is_short_enough_to_be_kept_prepared(self) -> None:
        command = VoteOnCommentCommand(
            user=make_user(), comment_id=make_comment().pk, vote_value=VoteValue.UP
        )

        with recorded_statements() as sent:
            VoteOnComment().execute(command)

        # psycopg translates longer texts anew each time.
        self.assertLess(len(sent[0]), 4096)

    def test_writes_down_and_tells_what_happened(self) -> None:
        user, comment = make_user(), make_comment()

        for value in (VoteValue.UP, VoteValue.DOWN, None):
            VoteOnComment().execute(
                VoteOnCommentCommand(user=user, comment_id=comment.pk, vote_value=value)
            )

        entries = AuditLog.objects.filter(entity_name="CommentVote").order_by("created_at", "id")
        self.assertEqual(
            [(entry.action, entry.after_state) for entry in entries],
            [
                (action, {"comment_id": str(comment.pk), "value": value})
                for action, value in (("CREATE", 1), ("UPDATE", -1), ("DELETE", 0))
            ],
        )
        self.assertEqual({entry.actor_id for entry in entries}, {user.pk})
        events = OutboxEvent.objects.order_by("seq")
        self.assertEqual(
            [event.payload for event in events],
            [
                {
                    "comment_id": str(comment.pk),
                    "resource_id": str(comment.resource_id),
                    "user_id": str(user.pk),
                    "value": value,
                }
                for value in (1, -1, 0)
            ],
        )
        self.assertEqual({event.aggregate_id for event in events}, {entries[0].object_id})


class ParallelWritersTests(TransactionTestCase):
    def test_32_writers_on_one_row_lose_nothing(self) -> None:
        comment, users = make_comment(), [make_user() for _ in range(32)]

        votes = at_once(
            [
                lambda user=user: VoteOnComment().execute(
                    VoteOnCommentCommand(user=user, comment_id=comment.pk, vote_value=VoteValue.UP)
                )
                for user in users
            ]
        )

        self.assertFalse([vote for vote in votes if isinstance(vote, Exception)])
        comment.refresh_from_db()
        self.assertEqual((comment.upvotes, comment.downvotes), (32, 0))
        self.assertEqual(CommentVote.objects.count(), 32)
        self.assertEqual(OutboxEvent.objects.count(), 32)
        self.assertEqual(AuditLog.objects.filter(entity_name="CommentVote").count(), 32)


class DeliveryTests(TestCase):
    def setUp(self) -> None:
        self.shop = Shop()
        self.enterContext(self.shop.settings())

    def test_of_a_paid_subscription_takes_16_statements(self) -> None:
        session = subscribe(make_user())
        completed = ours(self.shop.pay(session.session_id), "checkout.session.completed")

        with recorded_statements() as sent:
            deliver(completed)

        self.assertEqual(len(sent), 16, sent)
