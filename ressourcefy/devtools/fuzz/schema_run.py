"""Schemathesis on every operation of the published schema, with all of its checks."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

from devtools.environment import PROJECT
from devtools.fuzz.hooks_environment import ACCOUNT
from devtools.fuzz.known import CALLERS, Known
from devtools.fuzz.server import Server

# Valid to the schema, and refused all the same. The check for that (positive_data_acceptance) takes
# a 400 of these operations, and of no other; all other checks hold for them too.
REFUSED_THOUGH_VALID: Mapping[str, str] = {
    "auth_activate": "no schema says which tokens are good",
    "auth_password_reset_confirm": "no schema says which tokens are good",
    "auth_register": "names and passwords have rules beyond patterns: not common, not alike",
    "user_profile_update": "names have rules beyond patterns; administrators have no profile",
    "onboarding_profile": "names have rules beyond patterns; an address needs a real host name",
    "onboarding_interests": "tags have to exist",
    "user_password": "no schema says which password is the present one",
    "user_delete": "no schema says which password is the present one",
    "feed": "cursors are signed",
    "resource_create": "premium needs a price, tags have to exist, an address a real host name",
    "resource_update": "premium needs a price, tags have to exist",
    "resource_version_create": "an address needs a real host name",
    "comment_create": "the parent has to be a comment on the same resource",
    "comment_update": "a text needs more than blanks",
    "comment_hide": "what is hidden cannot be hidden",
    "comment_restore": "what is not hidden cannot be brought back",
    "user_request_role": "which role may be asked for depends on the present one and the profile",
    "admin_role_request_approve": "a request is decided once",
    "admin_role_request_reject": "a request is decided once",
    "admin_tags_create": "a name may be taken, or be blank once it is trimmed",
    "admin_tags_update": "a name may be taken, or be blank once it is trimmed",
    "admin_tags_merge": "a tag is not merged into itself or a deleted one",
    "admin_resources_create": "premium needs a price, tags have to exist",
    "admin_resources_update": "premium needs a price, tags have to exist",
    "admin_resources_version_create": "an address needs a real host name",
    "admin_subscriptions_update": "Stripe keeps some; an end has to fit the status",
    "admin_subscriptions_cancel": "a subscription ends once",
    "admin_payments_refund": "an amount has to be left of the payment",
    "billing_checkout": "exactly one thing, that is on offer, and back to our own pages",
    "billing_portal": "it leads back to our own pages",
    "billing_webhook": "Stripe has signed nothing of it",
    "admin_users_set_role": "the role of the last superadmin stays; the roles have names",
}
# What runs as in production has no Stripe to talk to, and says so with 503.
UNAVAILABLE_WITHOUT_STRIPE = ("billing_checkout", "billing_portal")
NO_CRASH = ("2xx", "3xx", "4xx", "503")
ACCEPTED = ("2xx", "400", "401", "403", "404", "409", "422", "429", "503")
REQUEST_TIMEOUT_SECONDS = 10
#: What schemathesis does one after the other; the docs of its command line explain each.
PHASES = "examples,coverage,fuzzing,stateful"


@dataclass(frozen=True)
class SchemaRun:
    """What schemathesis tried as one caller, and what it found."""

    caller: str
    operations: int
    cases: int
    failures: tuple[str, ...]
    seconds: float
    seed: int


def run_schemathesis(
    server: Server,
    known: Known,
    caller: str,
    *,
    examples: int,
    seed: int,
    phases: str,
    directory: Path,
) -> SchemaRun:
    """Run it with our own output, so that its progress is seen; the figures are from its report."""
    report = directory / f"{caller}.json"
    config = directory / "schemathesis.toml"
    config.write_text(_config(known))
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)),
        *("run", f"{server.url}/api/schema/", "--max-examples", str(examples)),
        *(
            "--phases",
            phases,
            "--seed",
            str(seed),
            "--continue-on-failure",
            "--generation-database",
            "none",
        ),
        *("--request-timeout", str(REQUEST_TIMEOUT_SECONDS), "--workers", "2"),
        *("--report", "json", "--report-json-path", str(report), "--no-color"),
    ]
    environment = {
        **os.environ,
        **server.environment,
        "SCHEMATHESIS_HOOKS": "devtools.fuzz.hooks",
        ACCOUNT: CALLERS[caller],
    }
    with Popen(command, cwd=PROJECT, env=environment) as process:
        status = process.wait()
    found: dict[str, Any] = json.loads(report.read_text()) if report.exists() else {}
    return SchemaRun(
        caller=caller,
        operations=found.get("operations", {}).get("tested", 0),
        cases=found.get("test_cases", {}).get("generated", 0),
        failures=failures_in(found, status),
        seconds=found.get("running_time", 0.0),
        seed=seed,
    )


def failures_in(found: dict[str, Any], status: int) -> tuple[str, ...]:
    """What a report of schemathesis complains of; its exit status counts as well."""
    failures = [
        f"{failure['title']}: {operation}"
        for failure in found.get("failures", [])
        for operation in failure["operations"]
    ]
    failures += [str(error) for error in found.get("errors", [])]
    if not failures and status:
        failures.append(f"schemathesis ended with status {status}")
    return tuple(failures)


def _config(known: Known) -> str:
    """Ids that exist take the place of every second random one."""
    lists = {
        "resources": known.resources,
        "comments": known.comments,
        "tags": known.tags,
        "slugs": known.slugs,
        "users": known.users,
    }
    bindings = {
        "path.resource_id": "resources",
        "path.user_id": "users",
        "body.resource_id": "resources",
        "body.comment_id": "comments",
        "body.parent_id": "comments",
        "body.tag_ids[*]": "tags",
        "query.tag": "slugs",
        "query.author": "users",
    }
    lines = ["[cache]", "enabled = false", "[generation]", 'mode = "all"']
    # Refused in every text, which no schema says; `hostile` sends it.
    lines.append("allow-x00 = false")
    lists = {name: values for name, values in lists.items() if values}
    for name, values in lists.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(values)}"]
    lines.append("[parameters]")
    lines += [
        f'"{place}" = {{ dictionary = "{name}", probability = 0.5 }}'
        for place, name in bindings.items()
        if name in lists
    ]
    for operation in REFUSED_THOUGH_VALID:
        lines += [
            "[[operations]]",
            f'include-operation-id = "{operation}"',
            f"checks.positive_data_acceptance.expected-statuses = {json.dumps(ACCEPTED)}",
        ]
        if operation in UNAVAILABLE_WITHOUT_STRIPE:
            lines.append(f"checks.not_a_server_error.expected-statuses = {json.dumps(NO_CRASH)}")
    return "\n".join(lines) + "\n"
