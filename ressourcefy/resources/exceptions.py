"""Refusals about resources."""

from core.exceptions import AccessDenied, NotFound


class ResourceNotFound(NotFound):
    """No such resource, a deleted one, or one whose existence is not the caller's business."""

    code = "resource_not_found"
    message = "Resource not found."


class ResourceLocked(AccessDenied):
    """The caller may know of the resource and has no right to open it."""

    message = "This resource is for premium members and those who bought it."
