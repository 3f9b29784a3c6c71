"""Leave nothing personal of accounts whose time is over, or of one that was deleted."""

from collections.abc import Callable
from dataclasses import dataclass

from application.dto.commands import EraseAccountsCommand
from application.dto.results import ErasedAccounts
from application.services.erasure import erase, erase_due
from application.services.stripe_service import StripeService


@dataclass(slots=True)
class EraseAccounts:
    """It can be repeated. Raises UserNotFound if the one that is named is not deleted."""

    payments: Callable[[], StripeService] = StripeService.patient

    def execute(self, command: EraseAccountsCommand) -> ErasedAccounts:
        if command.user_id is not None:
            erase(command.user_id, payments=self.payments)
            return ErasedAccounts(erased=1, failed=0)
        erased = failed = 0
        while True:
            done = erase_due(payments=self.payments)
            erased, failed = erased + done.erased, failed + done.failed
            # What failed comes first again.
            if done.failed or not done.erased:
                return ErasedAccounts(erased=erased, failed=failed)
