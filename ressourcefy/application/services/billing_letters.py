"""What the mails about money say, in the language that is active."""

from datetime import UTC, datetime
from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from application.services.letters import Letter


def premium_letter(*, username: str, ends_at: datetime | None, link: str) -> Letter:
    """Says that premium is open."""
    return Letter(
        subject=_("Welcome to Ressourcefy Premium"),
        paragraphs=[
            _("Premium is open for your account “%(username)s”.") % {"username": username},
            _("All premium resources are yours to read from now on."),
            *([_("It ends on %(date)s.") % {"date": _day(ends_at)}] if ends_at else []),
        ],
        button=_("See your subscription"),
        link=link,
        notes=[],
    )


def receipt_letter(
    *, amount_cents: int, currency: str, paid_at: datetime, resource_title: str | None, link: str
) -> Letter:
    """Confirms a payment; the link leads to the receipt."""
    amount = money(amount_cents, currency)
    return Letter(
        subject=_("Your payment to Ressourcefy"),
        paragraphs=[
            _("We received your payment of %(amount)s on %(date)s.")
            % {"amount": amount, "date": _day(paid_at)},
            _("For: %(title)s") % {"title": resource_title}
            if resource_title
            else _("For: your Premium subscription"),
        ],
        button=_("See the receipt"),
        link=link,
        notes=[],
    )


def failed_payment_letter(*, next_attempt_at: datetime | None, link: str) -> Letter:
    """Asks for another way to pay, before premium closes."""
    return Letter(
        subject=_("Your payment to Ressourcefy failed"),
        paragraphs=[
            _("The payment for your Premium subscription did not go through."),
            _("Pay the open invoice, with another card if need be, to keep Premium."),
        ],
        button=_("Pay the invoice"),
        link=link,
        notes=(
            [_("We will try again on %(date)s.") % {"date": _day(next_attempt_at)}]
            if next_attempt_at
            else []
        ),
    )


def failed_checkout_letter(*, amount_cents: int, currency: str, link: str) -> Letter:
    """Says that a bank debit came back, so that nothing was bought."""
    return Letter(
        subject=_("Your payment to Ressourcefy failed"),
        paragraphs=[
            _("Your bank did not carry out the payment of %(amount)s.")
            % {"amount": money(amount_cents, currency)},
            _("Nothing was bought. You can try again, with another way to pay if need be."),
        ],
        button=_("Go to your billing page"),
        link=link,
        notes=[],
    )


def required_action_letter(*, link: str) -> Letter:
    """Asks to confirm a payment with the bank."""
    return Letter(
        subject=_("Confirm your payment to Ressourcefy"),
        paragraphs=[
            _("Your bank wants you to confirm the payment for your Premium subscription."),
        ],
        button=_("Confirm the payment"),
        link=link,
        notes=[],
    )


def scheduled_end_letter(*, ends_at: datetime, link: str) -> Letter:
    """Confirms a cancellation that takes effect later."""
    return Letter(
        subject=_("Your Premium subscription will end"),
        paragraphs=[
            _("Your Premium subscription was canceled. It stays open until %(date)s.")
            % {"date": _day(ends_at)},
        ],
        button=_("See your subscription"),
        link=link,
        notes=[_("You can change your mind on your billing page until then.")],
    )


def ended_letter(*, link: str) -> Letter:
    """Says that premium is closed."""
    return Letter(
        subject=_("Your Premium subscription has ended"),
        paragraphs=[
            _("Your Premium subscription has ended, and nothing more will be charged."),
            _("What you bought by itself stays yours."),
        ],
        button=_("Go to your billing page"),
        link=link,
        notes=[],
    )


def refund_letter(*, amount_cents: int, currency: str, is_whole: bool, link: str) -> Letter:
    """Says that money is on its way back."""
    return Letter(
        subject=_("A refund from Ressourcefy"),
        paragraphs=[
            _("We gave %(amount)s of your payment back.")
            % {"amount": money(amount_cents, currency)},
            _("The payment is refunded in full.")
            if is_whole
            else _("The rest of the payment stands."),
        ],
        button=_("Go to your billing page"),
        link=link,
        notes=[_("It can take some days until it is on your account.")],
    )


def trial_ending_letter(*, trial_end: datetime, link: str) -> Letter:
    """Says when the first payment comes."""
    return Letter(
        subject=_("Your Premium trial is about to end"),
        paragraphs=[
            _("Your trial ends on %(date)s; from then on your subscription is charged.")
            % {"date": _day(trial_end)},
        ],
        button=_("See your subscription"),
        link=link,
        notes=[_("If you do not want to go on, cancel before that day.")],
    )


def money(amount_cents: int, currency: str) -> str:
    """An amount in the currency's smallest unit, as the active language writes it."""
    amount = Decimal(amount_cents).scaleb(-get_currency_precision(currency))
    return format_currency(amount, currency, locale=get_language() or "en")


def _day(time: datetime) -> str:
    return date_format(time.astimezone(UTC), "j F Y", use_l10n=False)
