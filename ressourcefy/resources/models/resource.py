"""The resource and its immutable versions."""

from typing import TYPE_CHECKING, Any, ClassVar, Self
from uuid import UUID

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import URLValidator
from django.db import models
from django.db.models import BooleanField, ExpressionWrapper, Q, Value
from django.db.models.functions import Lower

from core.models import BaseModel, SoftDeleteManager, SoftDeleteModel, SoftDeleteQuerySet, Tag
from resources.exceptions import ResourceNotFound
from resources.models.access import FREE, Viewer, listed_to, open_to
from resources.types import Visibility
from users.models import User

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class ResourceQuerySet(SoftDeleteQuerySet["Resource"]):
    """Queries on resources. Who may open what is `resources.models.access`'s rule alone."""

    def published(self) -> Self:
        """What everybody may open: public and free."""
        return self.filter(FREE)

    def visible_for(self, user: Viewer) -> Self:
        """What `user` may open."""
        return self.filter(open_to(user))

    def listed_for(self, user: Viewer) -> Self:
        """What `user` may know of: what they may open, and teasers of what is for sale."""
        return self.filter(listed_to(user))

    def with_access(self, user: Viewer) -> Self:
        """Annotate `is_open`: whether `user` may open the resource."""
        return self.annotate(
            is_open=ExpressionWrapper(open_to(user), output_field=BooleanField()),
            access_of=Value(user.pk, output_field=models.UUIDField()),
        )

    def priced(self) -> Self:
        """What has a price."""
        return self.filter(price_cents__isnull=False)

    def locked(self) -> Self:
        """The same rows, locked for whoever changes them; votes and comments can still be added."""
        return self.select_for_update(no_key=True, of=("self",))

    def require(self, resource_id: UUID | str) -> "Resource":
        """The resource of an id. Raises ResourceNotFound."""
        resource = self.filter(pk=resource_id).first()
        if resource is None:
            raise ResourceNotFound
        return resource


class ResourceManager(SoftDeleteManager["Resource"]):
    """Live resources."""

    queryset_class = ResourceQuerySet

    def get_queryset(self) -> ResourceQuerySet:
        return ResourceQuerySet(self.model, using=self._db).active()

    def published(self) -> ResourceQuerySet:
        """What everybody may open."""
        return self.get_queryset().published()

    def visible_for(self, user: Viewer) -> ResourceQuerySet:
        """What `user` may open."""
        return self.get_queryset().visible_for(user)

    def listed_for(self, user: Viewer) -> ResourceQuerySet:
        """What `user` may see in lists."""
        return self.get_queryset().listed_for(user)

    def priced(self) -> ResourceQuerySet:
        """What has a price."""
        return self.get_queryset().priced()

    def locked(self) -> ResourceQuerySet:
        """Live resources, locked for whoever changes them."""
        return self.get_queryset().locked()

    def require(self, resource_id: UUID | str) -> "Resource":
        """The live resource of an id. Raises ResourceNotFound."""
        return self.get_queryset().require(resource_id)


class Resource(SoftDeleteModel):
    """Something to learn from. The counters are kept by triggers (`docs/architecture.md`)."""

    title = models.CharField(max_length=200)
    description = models.TextField()
    # Who made it, where that is not the account that published it; free text.
    attribution = models.CharField(max_length=500, blank=True, default="")
    visibility = models.CharField(max_length=7, choices=Visibility, default=Visibility.PUBLIC)
    price_cents = models.PositiveIntegerField(null=True, blank=True)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="resources")
    tags = models.ManyToManyField(Tag, related_name="+", blank=True)
    comment_count = models.PositiveIntegerField(default=0, editable=False)
    upvotes = models.PositiveIntegerField(default=0, editable=False)
    downvotes = models.PositiveIntegerField(default=0, editable=False)

    objects: ClassVar[ResourceManager] = ResourceManager()
    all_objects: ClassVar[models.Manager[Any]] = models.Manager.from_queryset(ResourceQuerySet)()

    if TYPE_CHECKING:
        versions: "RelatedManager[ResourceVersion]"
        # Annotated by `with_access`.
        is_open: bool
        access_of: UUID | None

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="resource_title_not_blank"),
            models.CheckConstraint(
                condition=Q(visibility__in=Visibility.values), name="resource_visibility_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["-created_at", "-id"],
                name="resource_published",
                condition=Q(
                    deleted_at__isnull=True,
                    visibility=Visibility.PUBLIC,
                    price_cents__isnull=True,
                ),
            ),
            models.Index(
                fields=["-created_at", "-id"],
                name="resource_live",
                condition=Q(deleted_at__isnull=True),
            ),
            models.Index(
                fields=["author", "-created_at", "-id"],
                name="resource_of_author",
                condition=Q(deleted_at__isnull=True),
            ),
            # What the administration filters and searches by.
            models.Index(fields=["visibility", "-id"], name="resource_by_visibility"),
            models.Index(
                fields=["-id"], name="resource_deleted", condition=Q(deleted_at__isnull=False)
            ),
            models.Index(
                fields=["title"], name="resource_title_beginning", opclasses=["varchar_pattern_ops"]
            ),
            GinIndex(
                OpClass(Lower("title"), name="gin_trgm_ops"),
                name="resource_title_parts",
                fastupdate=False,
            ),
            models.Index(fields=["-created_at", "-id"], name="resource_newest"),
            # Most are public: those the index of all live ones finds.
            models.Index(
                fields=["visibility", "-created_at", "-id"],
                name="resource_live_by_visibility",
                condition=Q(
                    deleted_at__isnull=True,
                    visibility__in=[Visibility.PREMIUM, Visibility.PRIVATE],
                ),
            ),
            models.Index(
                fields=["-created_at", "-id"],
                name="resource_live_priced",
                condition=Q(deleted_at__isnull=True, price_cents__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def is_found_for(self, user: Viewer) -> bool:
        """Whether `is_open` is known, and about this user."""
        return "is_open" in self.__dict__ and self.access_of == user.pk


class ResourceVersion(BaseModel):
    """A file of a resource. Number and address never change; a trigger holds them."""

    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="versions")
    version_number = models.PositiveIntegerField()
    file_url = models.URLField(
        max_length=2_048, validators=[URLValidator(schemes=["http", "https"])]
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "version_number"], name="resource_version_number_unique"
            ),
            models.CheckConstraint(
                condition=Q(version_number__gte=1), name="resource_version_number_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} v{self.version_number}"
