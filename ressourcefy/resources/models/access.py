"""Who may open a resource: the rule, once, as a condition for queries.

`docs/resources.md` has the table. Nothing else decides it: querysets, policies, read models and
endpoints all come here. The second half says the same in parts, one for each index that the feed is
read from; `api/tests/test_access_table.py` holds both to the table.
"""

from dataclasses import dataclass
from functools import cache

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q

from monetization.models import Purchase
from monetization.services.premium import bought_in_sql, premium_exists, premium_in_sql
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


# The same for the statement of the feed, which calls its rows `feed` ------------------------------

_FREE = f"visibility = '{Visibility.PUBLIC}' AND price_cents IS NULL"
_KNOWN = f"visibility <> '{Visibility.PRIVATE}'"
_FOR_SALE = f"{_KNOWN} AND NOT ({_FREE})"
_SECRET = f"visibility = '{Visibility.PRIVATE}'"
_MINE = "author_id = %(viewer)s"
# Both are asked once for each statement, which names them in its WITH.
_MEMBER = "(SELECT is_member FROM viewer)"
_BOUGHT = "feed.resource_id = ANY ((SELECT bought FROM viewer)::uuid[])"


_FOR_BUYERS = (Visibility.PUBLIC, Visibility.PREMIUM)


@dataclass(frozen=True, slots=True)
class Part:
    """A condition on live rows of the feed, and the visibilities that such rows can have."""

    condition: str
    among: tuple[Visibility, ...]


@dataclass(frozen=True, slots=True)
class FeedParts:
    """What somebody's feed is made of; no row is in two parts.

    `many` are those that hold for a large part of all rows, of which `counted` adds the columns of
    FeedCount that count them; `few` hold for what is the viewer's own. `is_open` says of a row in
    any of them whether it opens. `asks` is the query that they call `viewer`.
    """

    many: tuple[Part, ...]
    counted: str
    few: tuple[Part, ...] = ()
    is_open: str = "true"
    asks: str = ""

    @property
    def all(self) -> tuple[Part, ...]:
        """The viewer's whole feed."""
        return self.many + self.few


def feed_parts(viewer: Viewer, *, with_teasers: bool) -> FeedParts:
    """What `open_to` says, or `listed_to` if `with_teasers`; `viewer` is the viewer's id in it."""
    if not isinstance(viewer, User):
        return _VISITORS_WITH_TEASERS if with_teasers else _VISITORS
    if viewer.has_role(Role.ADMIN):
        return _ADMINISTRATORS
    return _of_account(premium_in_sql(), bought_in_sql(), with_teasers)


_FREE_ONES = Part(_FREE, (Visibility.PUBLIC,))
_KNOWN_ONES = Part(_KNOWN, _FOR_BUYERS)
_OWN_SECRETS = Part(f"{_MINE} AND {_SECRET}", (Visibility.PRIVATE,))

_VISITORS = FeedParts((_FREE_ONES,), "free")
_VISITORS_WITH_TEASERS = FeedParts((_KNOWN_ONES,), "free + for_sale", is_open=f"({_FREE})")
_ADMINISTRATORS = FeedParts((Part("true", tuple(Visibility)),), "free + for_sale + secret")


@cache
def _of_account(premium: str, bought: str, with_teasers: bool) -> FeedParts:
    asks = f"SELECT {premium} AS is_member, ARRAY({bought}) AS bought"
    if with_teasers:
        return FeedParts(
            (_KNOWN_ONES,),
            "free + for_sale",
            (_OWN_SECRETS,),
            is_open=f"({_FREE} OR {_MINE} OR {_MEMBER} OR {_BOUGHT})",
            asks=asks,
        )
    return FeedParts(
        (
            Part(f"{_KNOWN} AND {_MEMBER}", _FOR_BUYERS),
            Part(f"{_FREE} AND NOT {_MEMBER}", (Visibility.PUBLIC,)),
        ),
        f"free + CASE WHEN {_MEMBER} THEN for_sale ELSE 0 END",
        (
            _OWN_SECRETS,
            Part(f"{_MINE} AND {_FOR_SALE} AND NOT {_MEMBER}", _FOR_BUYERS),
            Part(f"{_BOUGHT} AND {_FOR_SALE} AND NOT {_MINE} AND NOT {_MEMBER}", _FOR_BUYERS),
        ),
        asks=asks,
    )
