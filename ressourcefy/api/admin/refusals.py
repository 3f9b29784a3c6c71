"""Refusals of the product as sentences for administrators."""

from core.exceptions import DomainError


def in_words(refusal: DomainError) -> str:
    """The refusal and what it says about single fields."""
    details = [text for texts in refusal.details.values() for text in texts]
    return " ".join(dict.fromkeys([refusal.message, *details]))
