"""Decodes the form encoding of Stripe's clients: `a[b][0]=c`."""

import re
from typing import Any
from urllib.parse import parse_qsl

from development_stripe.errors import StripeError
from development_stripe.messages import Thing

MAX_FIELDS = 1000
MAX_DEPTH = 8
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


def decode(text: str) -> Thing:
    """Raises StripeError for names that are no names."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise StripeError("Invalid request: the parameters cannot be read.") from error
    tree: Thing = {}
    for name, value in pairs:
        _put(tree, _steps(name), value)
    return {name: _with_lists(value) for name, value in tree.items()}


def _steps(name: str) -> list[str]:
    match = _NAME.fullmatch(name)
    steps = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])] if match else []
    if not steps or len(steps) > MAX_DEPTH:
        raise StripeError(f"Invalid parameter name: {name}", code="parameter_unknown", param=name)
    return steps


def _put(tree: Thing, steps: list[str], value: str) -> None:
    for step in steps[:-1]:
        below = tree.setdefault(step or str(len(tree)), {})
        if not isinstance(below, dict):
            raise StripeError(f"Invalid hash: {steps[0]}", code="parameter_invalid_hash")
        tree = below
    tree[steps[-1] or str(len(tree))] = value


def _with_lists(value: Any) -> Any:
    """What has nothing but numbers for names is a list."""
    if not isinstance(value, dict):
        return value
    inner = {name: _with_lists(one) for name, one in value.items()}
    if all(name.isdecimal() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
