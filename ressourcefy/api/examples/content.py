"""Examples: resources, comments, votes, progress, roles."""

from api.examples.demo import COMMENTS, PEOPLE, RESOURCES, TAGS
from api.examples.example import Example

_PAGE = {"page": 1, "page_size": 20}
_PYTHON = {"resource_id": RESOURCES["python"]}
_ONCE = "Once in each database; it is there for this example."

EXAMPLES = {
    "tags_list": Example(),
    "feed": Example(caller="reader", query=_PAGE),
    "resource_create": Example(
        caller="contributor",
        body={
            "title": "Regular expressions for the rest of us",
            "description": "Ten patterns that cover most of what people look for.",
            "visibility": "public",
            "price_cents": None,
            "tag_ids": [TAGS["teaching"]],
            "file_url": "https://files.example.com/regular-expressions.pdf",
        },
    ),
    "resource_update": Example(
        caller="contributor",
        path={"resource_id": RESOURCES["to_change"]},
        body={"title": "Shell scripts that survive", "tag_ids": [TAGS["worksheets"]]},
    ),
    "resource_delete": Example(
        caller="contributor", path={"resource_id": RESOURCES["to_delete"]}, note=_ONCE
    ),
    "resource_detail": Example(caller="reader", path=_PYTHON),
    "resource_access": Example(caller="reader", path=_PYTHON),
    "resource_version_create": Example(
        caller="contributor",
        body=_PYTHON | {"file_url": "https://files.example.com/python-for-teachers-3.pdf"},
    ),
    "resource_vote": Example(caller="reader", body=_PYTHON | {"vote_value": 1}),
    "resource_comments": Example(caller="reader", path=_PYTHON, query=_PAGE),
    "resource_complete": Example(caller="reader", path={"resource_id": RESOURCES["git"]}),
    "resource_progress": Example(caller="reader", path=_PYTHON),
    "resource_users_progress": Example(caller="contributor", path=_PYTHON, query=_PAGE),
    "comment_create": Example(
        caller="reader",
        body=_PYTHON | {"content": "Which lesson would you begin with?", "parent_id": None},
    ),
    "comment_update": Example(
        caller="reader",
        path={"comment_id": COMMENTS["to_change"]},
        body={"content": "The exercises of lesson 2 are the best I know."},
    ),
    "comment_delete": Example(
        caller="reader", path={"comment_id": COMMENTS["to_delete"]}, note=_ONCE
    ),
    "comment_vote": Example(
        caller="subscriber", body={"comment_id": COMMENTS["thanks"], "vote_value": 1}
    ),
    "comment_hide": Example(
        caller="moderator",
        path={"comment_id": COMMENTS["to_hide"]},
        body={"reason": "Advertising."},
        note=_ONCE,
    ),
    "comment_restore": Example(
        caller="moderator",
        path={"comment_id": COMMENTS["to_restore"]},
        body={"reason": "A misunderstanding."},
        note=_ONCE,
    ),
    "comments_hidden": Example(caller="moderator", query=_PAGE),
    "author": Example(path={"user_id": PEOPLE["contributor"]}),
    "user_resources": Example(caller="contributor", query=_PAGE),
    "user_progress": Example(caller="reader", query={"page": 1, "page_size": 50}),
    "user_role_requests": Example(caller="hopeful", query=_PAGE),
    "user_request_role": Example(
        caller="aspiring",
        body={"requested_role": "CONTRIBUTOR", "reason": "I teach, and would like to share it."},
        note=_ONCE,
    ),
}
