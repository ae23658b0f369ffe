"""Act-On's log-in: password, refresh token and authorization code; and who a bearer token is.

As contracts/acton.md section 1 has it: 403 for a wrong user, 401 for a wrong client, an hour for
access tokens, refresh tokens good for once, and a log-in that revokes what the same client and user
held before. Five log-ins an hour.
"""

import secrets
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, redirect, render_template_string, request
from werkzeug.wrappers import Response as BaseResponse

from sync.sandbox.acton_world import Account
from sync.sandbox.answers import answer, too_many
from sync.sandbox.options import CLIENT_ID, CLIENT_SECRET
from sync.sandbox.world import World

LIFE = 3600
CODE_LIFE = 600
HOUR = 3600

PAGE = """<!doctype html><html lang="en"><title>Sandbox log-in</title>
<h1>Act-On sandbox</h1><p>An application wants to read account {{ account }}.</p>
<form method="post"><label>User <input name="username" value="{{ username }}"></label>
<label>Password <input name="password" type="password"></label>
<button name="allow" value="yes">Allow</button> <button name="allow" value="no">Deny</button>
</form></html>"""


@dataclass(frozen=True)
class _Grant:
    account_id: str
    client_id: str
    expires: float


class TokenDesk:
    """The tokens that are out. A restarted sandbox knows none."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.access: dict[str, _Grant] = {}
        self.refresh: dict[str, _Grant] = {}
        self.codes: dict[str, tuple[_Grant, str]] = {}
        self.log_ins: dict[tuple[str, str], list[float]] = {}

    def issue(self, account: Account, client_id: str) -> dict[str, object]:
        """A fresh pair; what the same client and user held before is dead."""
        now = self._world.clock.seconds()
        self.revoke(account.account_id)
        grant = _Grant(account.account_id, client_id, now + LIFE)
        access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self.access[access] = grant
        self.refresh[refresh] = _Grant(account.account_id, client_id, now + 30 * 86_400)
        return {
            "access_token": access,
            "refresh_token": refresh,
            "scope": "offline-access",
            "token_type": "Bearer",
            "expires_in": LIFE,
        }

    def revoke(self, account_id: str) -> None:
        """All tokens of an account are dead."""
        for tokens in (self.access, self.refresh):
            for token in [one for one, grant in tokens.items() if grant.account_id == account_id]:
                del tokens[token]

    def expire_access(self) -> None:
        """Every access token is dead; refresh tokens live."""
        self.access.clear()

    def account_of(self, header: str | None) -> Account | None:
        """The account that a bearer header opens."""
        scheme, _, token = (header or "").partition(" ")
        grant = self.access.get(token) if scheme.lower() == "bearer" else None
        if grant is None or grant.expires <= self._world.clock.seconds():
            return None
        return self._world.accounts[grant.account_id]

    def may_log_in(self, client_id: str, username: str) -> bool:
        """Whether this hour has a log-in left; it is used up by asking."""
        if not self._world.options.limits:
            return True
        now = self._world.clock.seconds()
        recent = [at for at in self.log_ins.get((client_id, username), []) if at > now - HOUR]
        if len(recent) >= self._world.options.log_ins_per_hour:
            return False
        self.log_ins[client_id, username] = [*recent, now]
        return True


def make_auth_blueprint(world: World, desk: TokenDesk) -> Blueprint:
    """`/token` and `/authorize`."""
    bp = Blueprint("acton_auth", __name__)

    @bp.post("/token")
    def token() -> Response:
        fields = {**request.args.to_dict(), **request.form.to_dict()}
        if (fields.get("client_id"), fields.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return answer({"error": "access_denied", "error_description": "Unauthorized"}, 401)
        match fields.get("grant_type"):
            case "password":
                return _by_password(fields)
            case "refresh_token":
                return _by_refresh(fields.get("refresh_token", ""))
            case "authorization_code":
                return _by_code(fields)
        return answer({"error": "unsupported_grant_type"}, 400)

    def _by_password(fields: dict[str, str]) -> Response:
        username = fields.get("username", "")
        if not desk.may_log_in(CLIENT_ID, username):
            return too_many(world.switches, world.clock, HOUR)
        account = world.account_of(username)
        if account is None or account.password != fields.get("password"):
            return _invalid("Wrong email or password.")
        return answer(desk.issue(account, CLIENT_ID))

    def _by_refresh(token: str) -> Response:
        grant = desk.refresh.pop(token, None)
        if grant is None or grant.expires <= world.clock.seconds():
            return _invalid("Unknown or invalid refresh token.")
        account = world.accounts[grant.account_id]
        counted = world.switches.is_on("refresh_counts_as_log_in")
        if counted and not desk.may_log_in(CLIENT_ID, account.username):
            return too_many(world.switches, world.clock, HOUR)
        return answer(desk.issue(account, CLIENT_ID))

    def _by_code(fields: dict[str, str]) -> Response:
        found = desk.codes.pop(fields.get("code", ""), None)
        if found is None or found[0].expires <= world.clock.seconds():
            return _invalid("Unknown or invalid code.")
        grant, redirect_uri = found
        if redirect_uri != fields.get("redirect_uri"):
            return _invalid("The redirect_uri does not match.")
        return answer(desk.issue(world.accounts[grant.account_id], CLIENT_ID))

    @bp.get("/authorize")
    def ask() -> str | Response:
        problem = _problem()
        if problem is not None:
            return problem
        return render_template_string(
            PAGE, account=world.demo.account_id, username=world.demo.username
        )

    @bp.post("/authorize")
    def allow() -> BaseResponse:
        problem = _problem()
        if problem is not None:
            return problem
        target, state = request.args["redirect_uri"], request.args.get("state")
        if request.form.get("allow") != "yes":
            return redirect(_with(target, error="access_denied", state=state), 302)
        account = world.account_of(request.form.get("username", ""))
        if account is None or account.password != request.form.get("password"):
            return _invalid("Wrong email or password.")
        code = secrets.token_urlsafe(16)
        grant = _Grant(account.account_id, CLIENT_ID, world.clock.seconds() + CODE_LIFE)
        desk.codes[code] = (grant, target)
        return redirect(_with(target, code=code, state=state), 302)

    def _problem() -> Response | None:
        known = request.args.get("client_id") == CLIENT_ID
        target = urlsplit(request.args.get("redirect_uri", ""))
        host = target.hostname or ""
        safe = host in ("127.0.0.1", "localhost") or host.endswith("example.com")
        if not known or request.args.get("response_type") != "code" or not safe:
            return answer({"error": "invalid_request"}, 400)
        return None

    return bp


def _with(target: str, **values: str | None) -> str:
    query = urlencode({name: value for name, value in values.items() if value is not None})
    return f"{target}{'&' if '?' in target else '?'}{query}"


def _invalid(description: str) -> Response:
    return answer({"error": "invalid_grant", "error_description": description}, 403)
