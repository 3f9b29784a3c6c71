"""Comments for tests."""

from typing import Any

from interactions.models import Comment
from resources.tests.factories import make_resource
from users.tests.factories import make_user


def make_comment(**fields: Any) -> Comment:
    """A comment that readers see."""
    defaults: dict[str, Any] = {"content": "Well said."}
    if "author" not in fields:
        defaults["author"] = make_user()
    if "resource" not in fields:
        defaults["resource"] = make_resource()
    return Comment.objects.create(**(defaults | fields))
