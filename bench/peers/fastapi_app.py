"""The feed with FastAPI and asyncpg: the floor's statement, the answer checked by pydantic."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import asyncpg
from fastapi import FastAPI
from pydantic import BaseModel

from bench.floor import FIRST_PAGE, feed_body


class Stats(BaseModel):
    comment_count: int
    upvotes: int
    downvotes: int
    total_votes: int


class Card(BaseModel):
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


class Place(BaseModel):
    page: int | None
    page_size: int
    has_next: bool
    has_previous: bool
    next_cursor: str | None


class Feed(BaseModel):
    status: str
    data: list[Card]
    pagination: Place


def _connect() -> "asyncpg.Pool[Any]":
    """As many connections in all as the threads of the other servers have."""
    address = urlsplit(os.environ["DATABASE_URL"])
    name = parse_qs(address.query).get("application_name", [""])[0]
    return asyncpg.create_pool(
        host=unquote(address.hostname or ""),
        user=address.username,
        database=address.path.lstrip("/"),
        min_size=4,
        max_size=4,
        server_settings={"application_name": name},
    )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with _connect() as pool:
        app.state.pool = pool
        yield


application = FastAPI(lifespan=_lifespan)


@application.get("/api/feed/", response_model=Feed)
async def feed() -> dict[str, object]:
    rows = await application.state.pool.fetch(FIRST_PAGE)
    return feed_body([tuple(row) for row in rows], first=True)
