"""The way through the product, step by step, from a first visit to a new password."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from devtools.journey.browser import Answer, Browser, StepFailed, token_in
from devtools.journey.expectations import (
    require,
    require_in_feed,
    require_on_page,
    require_silence,
    require_versions,
)
from devtools.journey.paying import Paying

_FILE = "https://files.example.org/journey"
_DESCRIPTION = "Written on the way. " * 20
# Of a description that somebody may not read whole, lists and pages show less than this.
_TEASER_LENGTH = 200


def _new_password() -> str:
    return f"journey {secrets.token_urlsafe(12)}"


@dataclass(slots=True)
class Person:
    """Somebody on the way, with what they hold at the moment."""

    name: str
    password: str = field(default_factory=_new_password)
    access_token: str = ""
    refresh_token: str = ""
    id: str = ""

    @property
    def email(self) -> str:
        return f"{self.name}@example.org"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended: the evidence, or what went wrong."""

    number: int
    title: str
    succeeded: bool
    words: str


class Journey:
    """Over HTTP only. Makes accounts and resources with names that nobody has."""

    def __init__(
        self,
        browser: Browser,
        *,
        superadmin_email: str,
        superadmin_password: str,
        with_payments: bool = True,
    ) -> None:
        suffix = secrets.token_hex(4)
        self._browser = browser
        self._with_payments = with_payments
        self._superadmin = (superadmin_email, superadmin_password)
        self._author = Person(f"author_{suffix}")
        self._stranger = Person(f"stranger_{suffix}")
        self._titles = {
            visibility: f"{visibility.title()} lesson {suffix}"
            for visibility in ("public", "premium", "private")
        }
        self._ids: dict[str, str] = {}
        self._activation_link = ""
        self._reset_link = ""
        self._old_password = ""

    def walk(self) -> Iterator[Outcome]:
        """Take the steps in order; the first that fails is the last."""
        for number, (title, step) in enumerate(self._steps(), 1):
            try:
                words = step()
            except StepFailed as failure:
                yield Outcome(number, title, succeeded=False, words=str(failure))
                return
            except (KeyError, TypeError, IndexError) as surprise:
                words = f"the answer lacks what was expected ({surprise!r})"
                yield Outcome(number, title, succeeded=False, words=words)
                return
            yield Outcome(number, title, succeeded=True, words=words)

    def _steps(self) -> list[tuple[str, Callable[[], str]]]:
        return [
            ("Somebody registers", self._register),
            ("The mailbox has an activation link", self._receive_activation_mail),
            ("The link activates the account", self._activate),
            ("The account signs in", self._sign_in),
            ("Onboarding: start, profile, interests", self._onboard),
            ("A plain user may not publish", self._be_refused_publishing),
            ("A superadmin makes the user a contributor", self._become_contributor),
            ("The contributor publishes three resources", self._publish),
            ("A second version follows", self._add_version),
            ("A stranger comes, and votes", self._vote),
            ("The feed shows what is public", self._read_feed),
            ("The detail page shows both versions", self._read_detail),
            ("The author page shows the author's work", self._read_author_page),
            ("The stranger is refused the private resource", self._be_refused_private),
            ("The stranger is refused the premium resource", self._be_refused_premium),
            ("The author opens both", self._open_own),
            *self._paying(),
            ("A mailed link resets the password", self._reset_password),
            ("The old tokens and the old password are dead", self._try_old_credentials),
            ("The new password signs in", self._sign_in_with_new_password),
        ]

    def _paying(self) -> list[tuple[str, Callable[[], str]]]:
        """The stranger pays, where the product has something to be paid with."""
        if not self._with_payments:
            return []
        return Paying(
            self._browser,
            email=self._stranger.email,
            token=lambda: self._stranger.access_token,
            premium_resource=lambda: self._ids["premium"],
        ).steps()

    # Account ----------------------------------------------------------------------------------

    def _register(self) -> str:
        answer = self._register_person(self._author)
        self._log_in(self._author).expect(403, "account_not_activated")
        return f"201 {answer.data['message']} Signing in now: 403 account_not_activated"

    def _receive_activation_mail(self) -> str:
        self._activation_link = self._browser.link_mailed_to(self._author.email)
        return f"to {self._author.email}: {_without_token(self._activation_link)}"

    def _activate(self) -> str:
        token = token_in(self._activation_link)
        answer = self._post("/api/auth/activate/", {"token": token}).expect(200)
        again = self._post("/api/auth/activate/", {"token": token}).expect(200)
        return f"200 {answer.data['message']} Once more: 200 {again.data['message']}"

    def _sign_in(self) -> str:
        user = self._hold_tokens(self._author)
        require(user, activated=True, onboarding_step="not_started", role="USER")
        return f"200 {user['username']}, {user['role']}, onboarding {user['onboarding_step']}"

    def _onboard(self) -> str:
        steps = self._onboard_person(self._author)
        return " -> ".join(steps)

    def _be_refused_publishing(self) -> str:
        answer = self._publish_one("public").expect(403, "access_denied")
        return f"403 access_denied: {answer.body['error']['message']}"

    def _become_contributor(self) -> str:
        email, password = self._superadmin
        superadmin = self._post("/api/auth/login/", {"email": email, "password": password})
        path = f"/api/admin/users/{self._author.id}/set_role/"
        body = {"role": "CONTRIBUTOR"}
        self._post(path, body, token=self._author.access_token).expect(403, "access_denied")
        token = superadmin.expect(200).data["access_token"]
        self._post(path, body, token=token).expect(200)
        self._get("/api/user/me/", self._author).expect(401, "unauthorized")
        user = self._hold_tokens(self._author)
        require(user, role="CONTRIBUTOR")
        return "200 CONTRIBUTOR; the user's own try: 403; the session from before: 401"

    # Publishing ---------------------------------------------------------------------------------

    def _publish(self) -> str:
        for visibility in self._titles:
            answer = self._publish_one(visibility).expect(201)
            self._ids[visibility] = answer.data["resource_id"]
        return f"201 {', '.join(self._titles.values())}"

    def _add_version(self) -> str:
        body = {"resource_id": self._ids["public"], "file_url": f"{_FILE}/public-2.pdf"}
        path = "/api/resources/versions/"
        answer = self._post(path, body, token=self._author.access_token).expect(201)
        require(answer.data, version_number=2)
        return f"201 version {answer.data['version_number']}: {answer.data['file_url']}"

    def _vote(self) -> str:
        self._register_person(self._stranger)
        link = self._browser.link_mailed_to(self._stranger.email)
        self._post("/api/auth/activate/", {"token": token_in(link)}).expect(200)
        self._hold_tokens(self._stranger)
        self._onboard_person(self._stranger)
        body = {"resource_id": self._ids["public"], "vote_value": 1}
        path = "/api/resources/vote/"
        answer = self._post(path, body, token=self._stranger.access_token).expect(200)
        require(answer.data, value=1)
        return f"200 {self._stranger.name} votes {answer.data['value']:+d}"

    # Reading --------------------------------------------------------------------------------------

    def _read_feed(self) -> str:
        items = self._get("/api/feed/?page=1&page_size=20", self._stranger).expect(200).data
        hidden = {name: self._titles[name] for name in ("premium", "private")}
        item = require_in_feed(items, self._titles["public"], hidden=hidden)
        require(item["stats"], upvotes=1, downvotes=0, total_votes=1)
        return f"200 {len(items)} resources; {item['title']} has {item['stats']['upvotes']} upvote"

    def _read_detail(self) -> str:
        path = f"/api/resources/{self._ids['public']}/detail/"
        detail = self._get(path, self._stranger).expect(200).data
        require(detail, user_vote=1, description=_DESCRIPTION.strip())
        require_versions(detail, [2, 1])
        return f"200 versions 2 and 1, newest first; own vote {detail['user_vote']:+d}"

    def _read_author_page(self) -> str:
        answer = self._get(f"/api/authors/{self._author.id}/", None).expect(200)
        require_on_page(answer.text, shown=self._titles["public"], hidden=self._titles["private"])
        return f"200 {self._author.name}, with {self._titles['public']}"

    def _be_refused_private(self) -> str:
        for page in ("detail", "access"):
            path = f"/api/resources/{self._ids['private']}/{page}/"
            self._get(path, self._stranger).expect(404, "resource_not_found")
        return "detail and access: 404 resource_not_found"

    def _be_refused_premium(self) -> str:
        for page in ("detail", "access"):
            path = f"/api/resources/{self._ids['premium']}/{page}/"
            answer = self._get(path, self._stranger).expect(403, "access_denied")
            require_silence(answer.text, _FILE, _DESCRIPTION[: _TEASER_LENGTH + 1])
        return f"detail and access: 403 access_denied: {answer.body['error']['message']}"

    def _open_own(self) -> str:
        for visibility in ("premium", "private"):
            path = f"/api/resources/{self._ids[visibility]}/access/"
            latest = self._get(path, self._author).expect(200).data["latest_version"]
            require(latest, file_url=f"{_FILE}/{visibility}.pdf")
        return "200 with the addresses of both files"

    # A new password -------------------------------------------------------------------------------

    def _reset_password(self) -> str:
        self._post("/api/auth/password-reset/", {"email": self._author.email}).expect(200)
        self._reset_link = self._browser.link_mailed_to(self._author.email)
        self._old_password, self._author.password = self._author.password, _new_password()
        answer = self._confirm_reset().expect(200)
        return f"{_without_token(self._reset_link)}: 200 {answer.data['message']}"

    def _try_old_credentials(self) -> str:
        self._get("/api/user/me/", self._author).expect(401, "unauthorized")
        body = {"refresh_token": self._author.refresh_token}
        self._post("/api/auth/refresh/", body).expect(401, "unauthorized")
        body = {"email": self._author.email, "password": self._old_password}
        self._post("/api/auth/login/", body).expect(401, "invalid_credentials")
        self._confirm_reset().expect(400, "invalid_reset_token")
        return "access token 401, refresh token 401, old password 401, used link 400"

    def _sign_in_with_new_password(self) -> str:
        user = self._hold_tokens(self._author)
        self._get("/api/user/me/", self._author).expect(200)
        return f"200 {user['username']}, {user['role']}, onboarding {user['onboarding_step']}"

    # What several steps do --------------------------------------------------------------------

    def _get(self, path: str, person: Person | None) -> Answer:
        return self._browser.call("GET", path, token=person.access_token if person else "")

    def _post(self, path: str, body: dict[str, Any], *, token: str = "") -> Answer:
        return self._browser.call("POST", path, body, token=token)

    def _register_person(self, person: Person) -> Answer:
        body = {
            "username": person.name,
            "email": person.email,
            "password": person.password,
            "accepted_terms": True,
        }
        return self._post("/api/auth/register/", body).expect(201)

    def _log_in(self, person: Person) -> Answer:
        body = {"email": person.email, "password": person.password}
        return self._post("/api/auth/login/", body)

    def _hold_tokens(self, person: Person) -> dict[str, Any]:
        """Sign in; returns the user as the answer describes it."""
        data = self._log_in(person).expect(200).data
        person.access_token, person.refresh_token = data["access_token"], data["refresh_token"]
        user: dict[str, Any] = data["user"]
        person.id = user["id"]
        return user

    def _onboard_person(self, person: Person) -> list[str]:
        """The steps that the account went through."""
        token = person.access_token
        tags = self._get("/api/tags/", None).expect(200).data
        bodies: dict[str, dict[str, Any]] = {
            "start": {},
            "profile": {"username": person.name, "bio": "On a journey.", "avatar_url": ""},
            "interests": {"tag_ids": [tag["id"] for tag in tags[:3]]},
        }
        for name, step_body in bodies.items():
            self._post(f"/api/onboarding/{name}/", step_body, token=token).expect(200)
        status = self._get("/api/onboarding/status/", person).expect(200).body
        require(status, onboarding_step="completed")
        return ["not_started", "profile", "interests", str(status["onboarding_step"])]

    def _confirm_reset(self) -> Answer:
        body = {"token": token_in(self._reset_link), "new_password": self._author.password}
        return self._post("/api/auth/password-reset/confirm/", body)

    def _publish_one(self, visibility: str) -> Answer:
        body: dict[str, Any] = {
            "title": self._titles[visibility],
            "description": _DESCRIPTION,
            "visibility": visibility,
            "price_cents": 900 if visibility == "premium" else None,
            "tag_ids": [],
            "file_url": f"{_FILE}/{visibility}.pdf",
        }
        return self._post("/api/resources/", body, token=self._author.access_token)


def _without_token(link: str) -> str:
    parts = urlsplit(link)
    return f"{parts.scheme}://{parts.netloc}{parts.path}?token=…"
