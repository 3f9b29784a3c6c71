"""The feed with Django Ninja, with hardly any middleware.

The statement is the floor's, run through Django's connection; the answer is checked by pydantic,
as Ninja does it.
"""

from datetime import datetime
from uuid import UUID

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest
from django.urls import path
from ninja import NinjaAPI, Schema

from bench.floor import FIRST_PAGE, feed_body


class Stats(Schema):
    comment_count: int
    upvotes: int
    downvotes: int
    total_votes: int


class Card(Schema):
    id: UUID
    title: str
    excerpt: str
    attribution: str
    author_id: UUID
    author_name: str
    author_avatar: str | None
    tags: list[str]
    stats: Stats
    price_cents: int | None
    visibility: str
    created_at: datetime
    locked: bool


class Place(Schema):
    page: int | None
    page_size: int
    has_next: bool
    has_previous: bool
    next_cursor: str | None


class Feed(Schema):
    status: str
    data: list[Card]
    pagination: Place


api = NinjaAPI()


@api.get("/feed/", response=Feed)
def feed(request: HttpRequest) -> dict[str, object]:
    with connection.cursor() as cursor:
        cursor.execute(FIRST_PAGE)
        return feed_body(cursor.fetchall(), first=True)


urlpatterns = [path("api/", api.urls)]
application = get_wsgi_application()
