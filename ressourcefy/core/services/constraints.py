"""Which rule of the database an error is about."""

from django.db import Error


def violated_constraint(error: Error) -> str:
    """The name of the violated constraint or index; empty if the error names none."""
    diagnostics = getattr(error.__cause__, "diag", None)
    return getattr(diagnostics, "constraint_name", None) or ""
