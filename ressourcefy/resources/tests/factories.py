"""Resources for tests."""

from itertools import count
from typing import Any

from monetization.models import Purchase
from resources.models import Resource, ResourceVersion
from users.models import User
from users.tests.factories import make_contributor

_numbers = count(1)


def make_resource(**fields: Any) -> Resource:
    """A live resource, public and free unless `fields` say otherwise."""
    defaults: dict[str, Any] = {
        "title": f"Lesson {next(_numbers)}",
        "description": "All there is to know.",
    }
    if "author" not in fields:
        defaults["author"] = make_contributor()
    return Resource.objects.create(**(defaults | fields))


def make_version(resource: Resource, file_url: str = "https://files.example.org/a.pdf") -> str:
    """The next file of a resource; returns its address."""
    number = resource.versions.count() + 1
    ResourceVersion.objects.create(resource=resource, version_number=number, file_url=file_url)
    return file_url


def make_purchase(user: User, resource: Resource, **fields: Any) -> Purchase:
    """A person's right to one priced resource."""
    return Purchase.objects.create(user=user, resource=resource, **fields)
