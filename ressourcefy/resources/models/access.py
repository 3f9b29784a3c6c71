"""Who may open a resource: the rule, once, as a condition for queries.

`docs/resources.md` has the table. Nothing else decides it: querysets, policies, read models and
endpoints all come here.
"""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q

from monetization.models import Purchase
from monetization.services.premium import premium_exists
from resources.types import Visibility
from users.models import User
from users.types import Role

type Viewer = User | AnonymousUser

FREE = Q(visibility=Visibility.PUBLIC, price_cents__isnull=True)
_NOT_SECRET = ~Q(visibility=Visibility.PRIVATE)


def open_to(viewer: Viewer) -> Q:
    """The resources that `viewer` may open, with files and whole description.

    Public and free ones are everybody's; premium and priced ones open for premium users, their
    buyers, their author and administrators; private ones for their author and administrators.
    """
    if not isinstance(viewer, User):
        return FREE
    if viewer.has_role(Role.ADMIN):
        return Q()
    bought = Exists(Purchase.objects.granted().filter(user=viewer, resource=OuterRef("pk")))
    return FREE | Q(author=viewer) | (_NOT_SECRET & (premium_exists(viewer) | bought))


def is_secret(visibility: str) -> bool:
    """Whether those who may not open a resource may not even know of it."""
    return visibility == Visibility.PRIVATE


def listed_to(viewer: Viewer) -> Q:
    """The resources that `viewer` may know of: also those that a right would open."""
    opened = open_to(viewer)
    # An empty condition holds for everything, but `|` would drop it.
    return opened | _NOT_SECRET if opened else opened
