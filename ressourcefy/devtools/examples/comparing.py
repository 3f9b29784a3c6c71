"""Whether an answer has the shape of the documented one."""

from collections.abc import Iterator
from typing import Any


def differences(
    documented: Any, answer: Any, place: str = "$", *, is_item: bool = False
) -> Iterator[str]:
    """Fields that only one of them has, and values of another kind; null may stand for any.

    Every item of a list has to be like one of the documented items. A list that is documented with
    items has some in the answer, but for lists in items of lists: these differ.
    """
    if documented is None or answer is None:
        return
    if isinstance(documented, dict) and isinstance(answer, dict):
        for name in sorted(documented.keys() - answer.keys()):
            yield f"{place}.{name} is documented and not answered"
        for name in sorted(answer.keys() - documented.keys()):
            yield f"{place}.{name} is answered and not documented"
        for name in sorted(documented.keys() & answer.keys()):
            yield from differences(
                documented[name], answer[name], f"{place}.{name}", is_item=is_item
            )
    elif isinstance(documented, list) and isinstance(answer, list):
        if documented and not answer and not is_item:
            yield f"{place} is empty in the answer only"
        for number, item in enumerate(answer if documented else []):
            yield from min(
                (
                    list(differences(one, item, f"{place}[{number}]", is_item=True))
                    for one in documented
                ),
                key=len,
            )
    elif _kind(documented) != _kind(answer):
        yield f"{place} is {_kind(answer)} instead of {_kind(documented)}"


def _kind(value: Any) -> str:
    kinds: dict[type, str] = {
        bool: "a boolean",
        int: "a number",
        float: "a number",
        str: "a text",
        dict: "an object",
        list: "a list",
    }
    return kinds.get(type(value), "nothing")
