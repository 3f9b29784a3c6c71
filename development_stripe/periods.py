"""Billing periods: steps of days, weeks, months and years from an anchor."""

import calendar
from datetime import UTC, datetime, timedelta

DAY = 86_400


def period_end(*, anchor: int, after: int, interval: str, count: int) -> int:
    """The first step of the period that lies after `after`; months keep the anchor's day."""
    if interval in {"day", "week"}:
        length = count * DAY * (7 if interval == "week" else 1)
        return anchor + ((after - anchor) // length + 1) * length
    months = count * (12 if interval == "year" else 1)
    begin, moment = _date(anchor), _date(after)
    passed = (moment.year - begin.year) * 12 + moment.month - begin.month
    step = max(0, passed // months - 1)
    while (end := _months_later(begin, step * months)) <= after:
        step += 1
    return end


def _months_later(begin: datetime, months: int) -> int:
    year, month = divmod(begin.year * 12 + begin.month - 1 + months, 12)
    day = min(begin.day, calendar.monthrange(year, month + 1)[1])
    return int(begin.replace(year=year, month=month + 1, day=day).timestamp())


def _date(moment: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=moment)
