"""Passwords in tests, which sign in thousands of times."""

from core.hashers import Argon2Hasher


class QuickHasher(Argon2Hasher):
    """The product's hasher at the lowest price there is."""

    time_cost = 1
    memory_cost = 8
