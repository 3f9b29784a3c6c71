"""Who may open what: one table that the rule, the policies, every read model and every endpoint
have to agree on; and nothing of a resource reaches those who may not open it.

`docs/resources.md` has the table in words.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.test import tag
from django.utils import timezone

from api.tests.base import ApiTestCase
from application.dto.commands import VoteOnCommentCommand
from application.policies.comment_policy import can_comment
from application.policies.resource_policy import can_access_resource, can_change_resource
from application.use_cases.vote_on_comment import VoteOnComment
from core.exceptions import AccessDenied, NotFound
from interactions.models import Comment
from interactions.tests.factories import make_comment
from monetization.tests.factories import make_subscription
from monetization.types import PurchaseStatus, SubscriptionSource, SubscriptionStatus
from read_models.pagination import PageRequest
from read_models.resources.own_progress import get_own_progress
from read_models.resources.own_resources import get_own_resources
from read_models.resources.reader_progress import get_reader_progress
from read_models.resources.resource_comments import get_resource_comments
from read_models.resources.resource_detail import get_resource_detail
from read_models.resources.resource_feed import FeedFilters, get_resource_feed
from read_models.users.author_profile import get_author_profile
from resources.models import Resource
from resources.tests.factories import make_purchase, make_resource, make_version
from resources.types import Visibility
from users.models import User
from users.tests.factories import make_contributor, make_user
from users.types import Role

# visibility and price
KINDS: dict[str, tuple[Visibility, int | None]] = {
    "public": (Visibility.PUBLIC, None),
    "premium": (Visibility.PREMIUM, 900),
    "private": (Visibility.PRIVATE, None),
    "priced": (Visibility.PUBLIC, 900),
}
RELATIONS = ("author", "stranger", "buyer", "former buyer")
SUBSCRIPTIONS = ("none", "active", "expired", "canceled but running", "suspended", "manual")
GIVES_PREMIUM = {"active", "canceled but running", "manual"}
STAFF = {Role.ADMIN, Role.SUPERADMIN}
PUBLISHERS = {Role.CONTRIBUTOR, Role.MODERATOR, *STAFF}
EVERYTHING = PageRequest(page_size=100)


@dataclass(frozen=True)
class Viewer:
    """Who looks; `user` None is a visitor."""

    user: User | None
    role: Role | None
    subscription: str

    @property
    def seen(self) -> User | AnonymousUser:
        """The viewer as the code below HTTP knows them."""
        return self.user or AnonymousUser()


@dataclass(frozen=True)
class Case:
    """A resource, how the viewer relates to it, and what the table says."""

    viewer: Viewer
    relation: str
    kind: str
    is_deleted: bool
    resource: Resource
    comment: Comment
    secrets: tuple[str, ...]

    @property
    def may_open(self) -> bool:
        if self.is_deleted:
            return False
        if self.viewer.role in STAFF or self.relation == "author" or self.kind == "public":
            return True
        if self.kind == "private":
            return False
        return self.relation == "buyer" or self.viewer.subscription in GIVES_PREMIUM

    @property
    def may_know(self) -> bool:
        return not self.is_deleted and (self.may_open or self.kind != "private")

    @property
    def may_change(self) -> bool:
        return self.may_know and self.relation == "author" and self.viewer.role in PUBLISHERS

    def __str__(self) -> str:
        state = "deleted" if self.is_deleted else "live"
        return (
            f"{self.viewer.role} {self.viewer.subscription}, {self.relation} of {state} {self.kind}"
        )


def subscribe(user: User, subscription: str) -> None:
    now = timezone.now()
    month = timedelta(days=30)
    stripe: dict[str, Any] = {
        "source": SubscriptionSource.STRIPE,
        "stripe_status": "active",
        "current_period_end": now + month,
        "stripe_subscription_id": f"sub_{uuid4().hex}",
    }
    match subscription:
        case "active":
            make_subscription(user, **stripe)
        case "expired":
            make_subscription(user, **stripe | {"current_period_end": now - month})
        case "canceled but running":
            running = {"status": SubscriptionStatus.CANCELED, "cancel_at": now + month}
            make_subscription(user, **stripe | running)
        case "suspended":
            make_subscription(user, **stripe, suspended_at=now)
        case "manual":
            make_subscription(user)


def make_case(viewer: Viewer, relation: str, kind: str, is_deleted: bool) -> Case:
    visibility, price = KINDS[kind]
    mark = uuid4().hex
    secrets = (f"tail-{mark}", f"file-{mark}", f"said-{mark}")
    resource = make_resource(
        title=f"title-{mark}",
        description="x" * 200 + secrets[0],
        author=viewer.user if relation == "author" else make_contributor(),
        visibility=visibility,
        price_cents=price,
    )
    make_version(resource, f"https://files.example.org/{secrets[1]}")
    comment = make_comment(resource=resource, content=secrets[2])
    if viewer.user and relation == "buyer":
        make_purchase(viewer.user, resource)
    if viewer.user and relation == "former buyer":
        make_purchase(viewer.user, resource, status=PurchaseStatus.REVOKED)
    if is_deleted:
        resource.delete()
    return Case(viewer, relation, kind, is_deleted, resource, comment, secrets)


def make_cases(viewer: Viewer) -> list[Case]:
    """Live resources of every kind in every relation, and some that are deleted."""
    relations = RELATIONS if viewer.user else ("stranger",)
    live = product(relations, KINDS, (False,))
    deleted = product(relations[:2], ("public", "private"), (True,))
    return [make_case(viewer, *facts) for facts in (*live, *deleted)]


def _may_vote(user: User, comment: Comment) -> bool:
    """Asked by taking back a vote that was never cast."""
    command = VoteOnCommentCommand(user=user, comment_id=comment.pk, vote_value=None)
    try:
        VoteOnComment().execute(command)
    except (AccessDenied, NotFound):
        return False
    return True


def make_viewers(role: Role) -> Iterator[Viewer]:
    for subscription in SUBSCRIPTIONS:
        user = make_user(role=role)
        subscribe(user, subscription)
        yield Viewer(user, role, subscription)


@contextmanager
def undone_afterwards() -> Iterator[None]:
    """What happens inside leaves nothing in the database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class AccessTable:
    """The table, once for each role: 6 subscriptions x 4 relations x 4 kinds, live and deleted.

    The rule and the lists are held to all of it. One by one, below and over HTTP, resources are
    read by the role USER with every subscription, and by the roles above with one or two.
    """

    role: Role | None
    in_depth: tuple[str, ...] = ("none",)

    def viewers(self) -> Iterator[Viewer]:
        if self.role is None:
            yield Viewer(None, None, "none")
        else:
            yield from make_viewers(self.role)

    def test_everything_agrees_with_the_table(self: Any) -> None:
        for viewer in self.viewers():
            with undone_afterwards():
                cases = make_cases(viewer)
                if viewer.user:
                    self.sign_in(viewer.user)
                self.check_rule_and_lists(viewer, cases)
                if viewer.subscription in self.in_depth:
                    self.check_list_endpoints(viewer, cases)
                    for case in cases:
                        self.check_one(case)
                        self.check_endpoints(case)

    def check_rule_and_lists(self: Any, viewer: Viewer, cases: list[Case]) -> None:
        opened = {case.resource.pk for case in cases if case.may_open}
        known = {case.resource.pk for case in cases if case.may_know}
        teasers = FeedFilters(include_premium=True)
        feed = get_resource_feed(viewer.seen, page=EVERYTHING)
        with_teasers = get_resource_feed(viewer.seen, page=EVERYTHING, filters=teasers)

        self.assertEqual(
            set(Resource.objects.visible_for(viewer.seen).values_list("pk", flat=True)), opened
        )
        self.assertEqual(
            set(Resource.objects.listed_for(viewer.seen).values_list("pk", flat=True)), known
        )
        self.assertEqual({card["id"] for card in feed.items}, opened)
        self.assertEqual({card["id"] for card in with_teasers.items}, known)
        locked = {card["id"] for card in with_teasers.items if card["locked"]}
        self.assertEqual(locked, known - opened)
        if viewer.user:
            own = {c.resource.pk for c in cases if c.relation == "author" and not c.is_deleted}
            listed = get_own_resources(viewer.user, page=EVERYTHING)
            self.assertEqual({item["id"] for item in listed.items}, own)

    def check_list_endpoints(self: Any, viewer: Viewer, cases: list[Case]) -> None:
        paths = ["/api/feed/?page_size=100", "/api/feed/?page_size=100&include=premium"]
        paths += [f"/api/feed/?include=premium&author={cases[0].resource.author_id}"]
        paths += [
            f"/api/authors/{case.resource.author_id}/"
            for case in cases
            if case.relation in {"author", "stranger"}
        ]
        for path in dict.fromkeys(paths):
            response = self.client.get(path)
            self.assertEqual(response.status_code, 200, path)
            body = response.content.decode()
            for case in cases:
                self.assert_keeps(case, body, case.secrets)
                if not case.may_know:
                    self.assert_keeps(case, body, (case.resource.title,))
        response = self.client.get("/api/user/resources/?page_size=100")
        self.assertEqual(response.status_code, 200 if viewer.user else 401)
        for case in cases:
            if case.relation != "author" or case.is_deleted:
                self.assert_keeps(
                    case, response.content.decode(), (*case.secrets, case.resource.title)
                )

    def check_one(self: Any, case: Case) -> None:
        viewer, resource = case.viewer.seen, case.resource
        author = get_author_profile(viewer, resource.author_id)
        titles = [item["title"] for item in author["recent_resources"]]

        self.assertEqual(can_access_resource(viewer, resource), case.may_open, case)
        if case.relation != "author":
            self.assertEqual(resource.title in titles, case.may_open, case)
            self.assertEqual(author["stats"]["total_resources"], int(case.may_open), case)
        self.assert_read(case, lambda: get_resource_detail(viewer, resource.pk))
        self.assert_read(case, lambda: get_resource_comments(viewer, resource.pk))
        if user := case.viewer.user:
            self.assertEqual(can_comment(user, resource), case.may_open, case)
            self.assertEqual(_may_vote(user, case.comment), case.may_open, case)
            may_change = case.relation == "author" and case.viewer.role in PUBLISHERS
            self.assertEqual(can_change_resource(user, resource), may_change, case)
            self.assert_read(case, lambda: get_reader_progress(user, resource.pk))

    def assert_read(self: Any, case: Case, read: Any) -> None:
        if case.may_open:
            read()
            return
        with self.assertRaises(AccessDenied if case.may_know else NotFound, msg=str(case)):
            read()

    def check_endpoints(self: Any, case: Case) -> None:
        """The last of them delete the resource, where that is allowed."""
        base = f"/api/resources/{case.resource.pk}"
        resource_id, comment_id = str(case.resource.pk), str(case.comment.pk)
        client, opened = self.client, case.may_open
        self.assert_answer(case, client.get(f"{base}/detail/"), opened, public=True)
        self.assert_answer(case, client.get(f"{base}/comments/"), opened, public=True)
        self.assert_answer(case, client.get(f"{base}/access/"), opened)
        self.assert_answer(case, client.get(f"{base}/progress/"), opened)
        self.assert_answer(case, client.post(f"{base}/complete/"), opened)
        sees_followers = case.may_change or (case.may_know and case.viewer.role in STAFF)
        self.assert_answer(case, client.get(f"{base}/users-progress/"), sees_followers)
        if user := case.viewer.user:
            listed = {item["resource_id"] for item in get_own_progress(user, page=EVERYTHING).items}
            self.assertEqual(case.resource.pk in listed, opened, case)
        vote = {"resource_id": resource_id, "vote_value": 1}
        self.assert_answer(case, client.post("/api/resources/vote/", vote), opened)
        comment = {"resource_id": resource_id, "content": "Me too."}
        self.assert_answer(case, client.post("/api/comments/", comment), opened)
        vote = {"comment_id": comment_id, "vote_value": -1}
        answer = client.post("/api/comments/vote/", vote)
        self.assert_answer(case, answer, opened, missing="comment_not_found")
        version = {"resource_id": resource_id, "file_url": "https://files.example.org/b"}
        changed = case.may_change
        self.assert_answer(case, client.post("/api/resources/versions/", version), changed)
        self.assert_answer(case, client.patch(f"{base}/", {"title": "New"}), changed)
        self.assert_answer(case, client.delete(f"{base}/delete/"), changed)

    def assert_answer(
        self: Any,
        case: Case,
        response: Any,
        allowed: bool,
        *,
        public: bool = False,
        missing: str = "resource_not_found",
    ) -> None:
        request = response.request
        label = f"{case}: {request['REQUEST_METHOD']} {request['PATH_INFO']} {response.content!r}"
        if case.viewer.user is None and not public:
            expected: tuple[int, str | None] = (401, "unauthorized")
        elif allowed:
            expected = (response.status_code if response.status_code in {200, 201} else 200, None)
        elif case.may_know:
            expected = (403, "access_denied")
        else:
            expected = (404, missing)
        body = response.json()
        self.assertEqual((response.status_code, body.get("error", {}).get("code")), expected, label)
        if expected[1]:
            self.assert_keeps(
                case,
                response.content.decode(),
                (*case.secrets, case.resource.title, "x" * 20, str(case.resource.author_id)),
            )

    def assert_keeps(self: Any, case: Case, body: str, secrets: tuple[str, ...]) -> None:
        for secret in secrets:
            self.assertNotIn(secret, body, str(case))


class VisitorAccessTests(AccessTable, ApiTestCase):
    role = None


@tag("slow")
class UserAccessTests(AccessTable, ApiTestCase):
    role = Role.USER
    in_depth = SUBSCRIPTIONS


@tag("slow")
class ContributorAccessTests(AccessTable, ApiTestCase):
    role = Role.CONTRIBUTOR
    in_depth = ("none", "manual")


class ModeratorAccessTests(AccessTable, ApiTestCase):
    role = Role.MODERATOR


class AdminAccessTests(AccessTable, ApiTestCase):
    role = Role.ADMIN


class SuperadminAccessTests(AccessTable, ApiTestCase):
    role = Role.SUPERADMIN
