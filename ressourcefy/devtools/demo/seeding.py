"""Makes the people and the content of the demo; what is there already stays as it is."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from api.examples.demo import RESOURCES, SESSIONS
from application.dto.commands import (
    AccessResourceCommand,
    CompleteResourceCommand,
    CreateCommentCommand,
    CreateResourceCommand,
    CreateResourceVersionCommand,
    CreateTagCommand,
    ModerateCommentCommand,
    RequestRoleCommand,
    ReviewRoleRequestCommand,
    VoteOnCommentCommand,
    VoteOnResourceCommand,
)
from application.use_cases.access_resource import AccessResource
from application.use_cases.complete_resource import CompleteResource
from application.use_cases.create_comment import CreateComment
from application.use_cases.create_resource import CreateResource
from application.use_cases.create_resource_version import CreateResourceVersion
from application.use_cases.create_tag import CreateTag
from application.use_cases.moderate_comment import ModerateComment
from application.use_cases.request_role import RequestRole
from application.use_cases.review_role_request import ReviewRoleRequest
from application.use_cases.vote_on_comment import VoteOnComment
from application.use_cases.vote_on_resource import VoteOnResource
from core.exceptions import DomainError
from core.models import Tag
from core.services.audit import audit_change
from core.services.tags import ensure_tags
from devtools.demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD, EXAMPLE_ACCOUNTS, DemoAccount
from devtools.demo.content import DEMO_RESOURCES, DemoComment, DemoResource
from devtools.demo.ids import the_next
from devtools.demo.money import make_purchase
from devtools.demo.roles import DEMO_ROLE_REQUESTS, DemoRoleRequest
from devtools.demo.tags import DEMO_TAGS
from interactions.models import Comment
from monetization.models import Subscription
from resources.models import Resource
from resources.types import ProgressStatus
from users.models import Profile, RoleRequest, User, UserSession
from users.services.sessions import open_session

_SESSION_LIFETIME = timedelta(days=3_650)

type People = Mapping[str, User]


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was made, and who is there now by user name of the demo.

    `is_older` means that somebody of an older demo is there, under another id than examples name.
    """

    accounts: int
    resources: int
    people: People
    is_older: bool


def seed_demo() -> Seeded:
    """Make what is missing. Interrupted at any point, the next call completes it."""
    people, new_accounts, new_resources = {}, 0, 0
    accounts = (*DEMO_ACCOUNTS, *EXAMPLE_ACCOUNTS)
    for account in accounts:
        # Deleted accounts count as there: their addresses stay taken.
        user = User.all_objects.by_email(account.email).first()
        if user is None:
            user = _make_account(account)
            new_accounts += 1
        people[account.username] = user
    for tag_id, name in DEMO_TAGS.items():
        # Here and below: whoever was there before may have lost what is needed.
        with suppress(DomainError):
            _make_tag(tag_id, name, people["superadmin"])
    for resource in DEMO_RESOURCES:
        new_resources += _make_resource(resource, people)
    for request in DEMO_ROLE_REQUESTS:
        with suppress(DomainError):
            _make_role_request(request, people)
    if Resource.all_objects.filter(pk=RESOURCES["postgresql"]).exists():
        make_purchase(people["buyer"])
    return Seeded(
        accounts=new_accounts,
        resources=new_resources,
        people=people,
        is_older=any(str(people[account.username].pk) != account.id for account in accounts),
    )


@transaction.atomic
def _make_account(account: DemoAccount) -> User:
    name_is_free = not Profile.objects.filter(username__iexact=account.username).exists()
    with the_next(User, account.id):
        user = User.objects.create_user(
            account.email,
            DEMO_PASSWORD,
            username=account.username if name_is_free else None,
            role=account.role,
            is_activated=account.is_activated,
            onboarding_step=account.onboarding_step,
        )
    user.profile.bio = account.bio
    user.profile.save(update_fields=["bio", "updated_at"])
    audit_change(entity=user, action="CREATE", actor=None, after={"role": account.role})
    if account.subscription:
        with the_next(Subscription, account.subscription):
            subscription = Subscription.objects.create(user=user)
        audit_change(
            entity=subscription, action="CREATE", actor=None, after={"plan": subscription.plan}
        )
    if account.username == "reader":
        with the_next(UserSession, SESSIONS["phone"]):
            open_session(user, lifetime=_SESSION_LIFETIME)
    return user


def _make_tag(tag_id: str, name: str, administrator: User) -> None:
    if Tag.all_objects.filter(Q(pk=tag_id) | Q(name=name)).exists():
        return
    with the_next(Tag, tag_id):
        CreateTag().execute(CreateTagCommand(user=administrator, name=name))


@transaction.atomic
def _make_resource(demo: DemoResource, people: People) -> bool:
    """Publish one resource with all that belongs to it; False if it has been published before."""
    author = people[demo.author]
    same = Q(pk=demo.id) | Q(author=author, title=demo.title)
    if Resource.all_objects.filter(same).exists():
        return False
    tags = ensure_tags(demo.tags)
    with the_next(Resource, demo.id):
        resource_id = (
            CreateResource()
            .execute(
                CreateResourceCommand(
                    user=author,
                    title=demo.title,
                    description=demo.description,
                    visibility=demo.visibility,
                    price_cents=demo.price_cents,
                    tag_ids=tuple(tag.pk for tag in tags.values()),
                    file_url=demo.files[0] if demo.files else "",
                )
            )
            .resource_id
        )
    for file_url in demo.files[1:]:
        CreateResourceVersion().execute(
            CreateResourceVersionCommand(user=author, resource_id=resource_id, file_url=file_url)
        )
    for voter, value in demo.votes.items():
        VoteOnResource().execute(
            VoteOnResourceCommand(user=people[voter], resource_id=resource_id, vote_value=value)
        )
    for reader, status in demo.progress.items():
        AccessResource().execute(AccessResourceCommand(people[reader], resource_id))
        if status == ProgressStatus.COMPLETED:
            CompleteResource().execute(CompleteResourceCommand(people[reader], resource_id))
    for comment in demo.comments:
        _make_comment(comment, people, resource_id)
    return True


def _make_comment(
    demo: DemoComment, people: People, resource_id: UUID, parent_id: UUID | None = None
) -> None:
    with the_next(Comment, demo.id):
        comment_id = (
            CreateComment()
            .execute(
                CreateCommentCommand(
                    user=people[demo.author],
                    resource_id=resource_id,
                    content=demo.content,
                    parent_id=parent_id,
                )
            )
            .comment_id
        )
    for voter, value in demo.votes.items():
        VoteOnComment().execute(
            VoteOnCommentCommand(user=people[voter], comment_id=comment_id, vote_value=value)
        )
    for reply in demo.replies:
        _make_comment(reply, people, resource_id, comment_id)
    if demo.hidden_because:
        ModerateComment().execute(
            ModerateCommentCommand(
                user=people["moderator"],
                comment_id=comment_id,
                is_hidden=True,
                reason=demo.hidden_because,
            )
        )


@transaction.atomic
def _make_role_request(demo: DemoRoleRequest, people: People) -> None:
    """Have it asked for, and refused; once, whatever has become of it since."""
    asker = people[demo.username]
    if RoleRequest.objects.filter(Q(pk=demo.id) | Q(user=asker)).exists():
        return
    with the_next(RoleRequest, demo.id):
        RequestRole().execute(
            RequestRoleCommand(user=asker, requested_role=demo.requested_role, reason=demo.reason)
        )
    if demo.rejected_because:
        ReviewRoleRequest().execute(
            ReviewRoleRequestCommand(
                user=people["admin"],
                request_id=UUID(demo.id),
                is_approved=False,
                reason=demo.rejected_because,
            )
        )
