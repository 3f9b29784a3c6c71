"""Makes the people and the content of the demo; what is there already stays as it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from application.dto.commands import (
    CreateCommentCommand,
    CreateResourceCommand,
    CreateResourceVersionCommand,
    VoteOnCommentCommand,
    VoteOnResourceCommand,
)
from application.use_cases.create_comment import CreateComment
from application.use_cases.create_resource import CreateResource
from application.use_cases.create_resource_version import CreateResourceVersion
from application.use_cases.vote_on_comment import VoteOnComment
from application.use_cases.vote_on_resource import VoteOnResource
from core.services.audit import audit_change
from core.services.tags import ensure_tags
from devtools.demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD, DemoAccount
from devtools.demo.content import DEMO_RESOURCES, DemoComment, DemoResource
from monetization.models import Subscription
from resources.models import Resource
from users.models import Profile, User

type People = Mapping[str, User]


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was made, and who is there now by user name of the demo."""

    accounts: int
    resources: int
    people: People


def seed_demo() -> Seeded:
    """Make what is missing. Interrupted at any point, the next call completes it."""
    people, new_accounts, new_resources = {}, 0, 0
    for account in DEMO_ACCOUNTS:
        # Deleted accounts count as there: their addresses stay taken.
        user = User.all_objects.by_email(account.email).first()
        if user is None:
            user = _make_account(account)
            new_accounts += 1
        people[account.username] = user
    for resource in DEMO_RESOURCES:
        new_resources += _make_resource(resource, people)
    return Seeded(accounts=new_accounts, resources=new_resources, people=people)


@transaction.atomic
def _make_account(account: DemoAccount) -> User:
    name_is_free = not Profile.objects.filter(username__iexact=account.username).exists()
    user = User.objects.create_user(
        account.email,
        DEMO_PASSWORD,
        username=account.username if name_is_free else None,
        role=account.role,
        is_activated=True,
        onboarding_step=account.onboarding_step,
    )
    user.profile.bio = account.bio
    user.profile.save(update_fields=["bio", "updated_at"])
    audit_change(entity=user, action="CREATE", actor=None, after={"role": account.role})
    if account.has_premium:
        subscription = Subscription.objects.create(user=user)
        audit_change(
            entity=subscription, action="CREATE", actor=None, after={"plan": subscription.plan}
        )
    return user


@transaction.atomic
def _make_resource(demo: DemoResource, people: People) -> bool:
    """Publish one resource with all that belongs to it; False if it has been published before."""
    author = people[demo.author]
    if Resource.all_objects.filter(author=author, title=demo.title).exists():
        return False
    tags = ensure_tags(demo.tags)
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
    for comment in demo.comments:
        _make_comment(comment, people, resource_id)
    return True


def _make_comment(
    demo: DemoComment, people: People, resource_id: UUID, parent_id: UUID | None = None
) -> None:
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
