"""Taking secrets and personal data out of text before it is kept or shown."""

import re

REDACTED = "[redacted]"

_PATTERNS = (
    # JSON Web Tokens and tokens signed by itsdangerous: two dots between runs of base64url.
    re.compile(r"\b[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{16,}"),
    re.compile(r"(?i)(?<=bearer )\S+"),
    # Keys of providers: Stripe (sk_, rk_, whsec_) and Resend (re_).
    re.compile(r"\b(?:(?:sk|rk|pk)_(?:live|test)|whsec)_[A-Za-z0-9_]{8,}"),
    re.compile(r"\bre_[A-Za-z0-9]{4,}_[A-Za-z0-9]{8,}"),
    # name=value and "name": "value" where the name says that the value is a secret.
    re.compile(
        r"(?i)(?P<name>(?:password|passwd|secret|token|api_?key|authorization|cookie)"
        r"[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;}]+"
    ),
    # Credentials inside an address.
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),
    # PostgreSQL shows the row that violates a constraint, with all that somebody wrote.
    re.compile(
        r"(?s)(?<=\bDETAIL:).*?(?=\n\n(?:The above exception|During handling of the above)|\Z)"
    ),
    # Only from the beginning of a word: trying every letter of a long one takes quadratic time.
    re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
)

# What has none of this has nothing to hide: one search instead of nine for most of what is logged.
_MARKS = re.compile(r"[.:=@_]|(?i:bearer )|\d(?:[ -]?\d){12}")

# 13 to 19 digits, in groups or not, that pass the checksum of payment cards (ISO/IEC 7812-1).
_CARD_LIKE = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])")


def redact(text: str) -> str:
    """`text` without tokens, keys, passwords, e-mail addresses and card numbers."""
    if not _MARKS.search(text):
        return text
    for pattern in _PATTERNS:
        text = pattern.sub(_hide, text)
    return _CARD_LIKE.sub(_hide_card, text)


def _hide_card(match: re.Match[str]) -> str:
    digits = [int(digit) for digit in match[0] if digit.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    is_card = (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
    return REDACTED if is_card else match[0]


def _hide(match: re.Match[str]) -> str:
    return (match.groupdict().get("name") or "") + REDACTED
