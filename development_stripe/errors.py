"""Refusals in the shape that Stripe gives them."""

from development_stripe.messages import Thing


class StripeError(Exception):
    """An answer of 400 and above, with what Stripe's clients read from it."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        code: str | None = None,
        param: str | None = None,
        kind: str = "invalid_request_error",
        details: Thing | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.param = param
        self.kind = kind
        self.details = details or {}

    def as_body(self) -> Thing:
        error: Thing = {"message": self.message, "type": self.kind}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://docs.stripe.com/error-codes/{self.code.replace('_', '-')}"
        if self.param:
            error["param"] = self.param
        return {"error": error | self.details}


def missing_parameter(param: str) -> StripeError:
    return StripeError(f"Missing required param: {param}.", code="parameter_missing", param=param)


def unknown_parameter(param: str) -> StripeError:
    return StripeError(
        f"Received unknown parameter: {param}", code="parameter_unknown", param=param
    )


def invalid_integer(param: str, text: object) -> StripeError:
    return StripeError(f"Invalid integer: {text}", code="parameter_invalid_integer", param=param)


def invalid_value(param: str, message: str) -> StripeError:
    return StripeError(message, code="parameter_invalid", param=param)


def invalid_state(
    message: str, *, param: str | None = None, code: str | None = None
) -> StripeError:
    """The object is there, but this cannot be done with it now."""
    return StripeError(message, code=code, param=param)


def no_such(kind: str, identifier: str, param: str = "id") -> StripeError:
    name = kind.rpartition(".")[2] if kind.startswith("checkout") else kind
    return StripeError(
        f"No such {name}: '{identifier}'",
        status=404 if param == "id" else 400,
        code="resource_missing",
        param=param,
    )


def unauthorized(message: str) -> StripeError:
    return StripeError(message, status=401)
