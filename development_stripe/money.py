"""Amounts in minor units, as people read them."""

ZERO_DECIMAL = frozenset(
    [
        *("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg"),
        *("rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"),
    ]
)
THREE_DECIMAL = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
SYMBOLS = {"eur": "€", "usd": "$", "gbp": "£", "jpy": "¥", "krw": "₩"}


def digits(currency: str) -> int:
    """How many digits the minor unit of `currency` has."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def formatted(amount: int, currency: str) -> str:
    places = digits(currency)
    whole, part = divmod(abs(amount), 10**places)
    number = f"{whole:,}" + (f".{part:0{places}}" if places else "")
    sign = "-" if amount < 0 else ""
    symbol = SYMBOLS.get(currency)
    return f"{sign}{symbol}{number}" if symbol else f"{sign}{number} {currency.upper()}"
