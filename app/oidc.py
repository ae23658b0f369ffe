"""Signing in through the operator's identity provider (OpenID Connect), by Authlib.

The authorization code flow with PKCE, state and nonce, all kept in the signed form cookie until the
browser comes back. Authlib checks signature, issuer, audience, expiry and nonce of the ID token.
Source: OpenID Connect Core 1.0, section 3.1.
"""

from typing import Any, Final, cast

import structlog
from authlib.integrations.base_client import MismatchingStateError, OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, abort, current_app, request, url_for
from flask import session as form_cookie
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError

from app import login, session
from app.services import get_accounts, get_settings
from sync.errors import NotAllowed, SignInFailed
from sync.languages import lazy_gettext as _
from sync.model import Identity
from sync.settings import Settings

log = structlog.get_logger(__name__)
bp = Blueprint("oidc", __name__, url_prefix="/login/oidc")

WAIT_SECONDS: Final = 10
GOAL: Final = "oidc_goal"
AWAY: Final = _("The identity provider cannot be reached.")
LATER: Final = _("Try again in a few minutes, or sign in with your password.")


def init_app(app: Flask, settings: Settings) -> None:
    """Know the identity provider, where there is one."""
    oauth = OAuth(app)
    app.extensions["oidc"] = None
    if settings.oidc_issuer and settings.oidc_client_secret:
        app.extensions["oidc"] = oauth.register(
            "provider",
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret.get_secret_value(),
            server_metadata_url=f"{settings.oidc_issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid email profile",
                "code_challenge_method": "S256",
                "default_timeout": WAIT_SECONDS,
            },
        )


@bp.get("")
def begin() -> ResponseReturnValue:
    """Off to the identity provider."""
    client = _client()
    goal = session.safe_path(request.args.get("next"), "")
    # One log-in at a time: whatever an earlier one left would only make the cookie grow.
    form_cookie.clear()
    form_cookie[GOAL] = goal
    try:
        _ensure_issuer(client)
        return cast(ResponseReturnValue, client.authorize_redirect(_come_back_to()))
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        log.warning("oidc_provider_away", error=type(error).__name__)
        return login.refused(SignInFailed(AWAY, hint=LATER))


@bp.get("/callback")
def callback() -> ResponseReturnValue:
    """Back from there: with somebody, or with why not."""
    goal = form_cookie.pop(GOAL, None)
    try:
        identity = _identity()
        signed = get_accounts().sign_in_with_identity(
            identity, agent=request.user_agent.string, replaces=session.token()
        )
    except (SignInFailed, NotAllowed) as error:
        return login.refused(error)
    return login.begin(signed, goal)


def _identity() -> Identity:
    """Whom the identity provider vouches for. Raises SignInFailed."""
    client = _client()
    try:
        _ensure_issuer(client)
        claims = _claims(client)
        return Identity(
            issuer=str(claims["iss"]),
            subject=str(claims["sub"]),
            email=str(claims.get("email") or ""),
            email_verified=claims.get("email_verified") is True,
            name=str(claims.get("name") or ""),
        )
    except MismatchingStateError as error:
        raise SignInFailed(
            "This log-in was not begun here, or took too long.", hint="Sign in again."
        ) from error
    except OAuthError as error:
        raise _denied(error) from error
    except (JoseError, KeyError, ValueError, RuntimeError) as error:
        log.warning("oidc_answer_refused", error=type(error).__name__)
        raise SignInFailed(
            "The answer of the identity provider cannot be trusted.",
            hint="Sign in again; if it stays, tell the operator of this service.",
        ) from error
    except OSError as error:
        log.warning("oidc_provider_away", error=type(error).__name__)
        raise SignInFailed(AWAY, hint=LATER) from error


def _claims(client: Any) -> dict[str, Any]:
    """What the ID token says; the address from the user's profile where the token has none."""
    token = client.authorize_access_token()
    claims = dict(token.get("userinfo") or {})
    if "email" not in claims and client.load_server_metadata().get("userinfo_endpoint"):
        profile = client.userinfo(token=token)
        if profile.get("sub") == claims["sub"]:
            claims = {**profile, **claims}
    return claims


def _denied(error: OAuthError) -> SignInFailed:
    if error.error == "access_denied":
        return SignInFailed("You did not sign in at the identity provider.", hint="Sign in again.")
    log.warning("oidc_refused", error=str(error.error)[:100])
    return SignInFailed(
        "The identity provider did not accept the log-in.",
        hint="Sign in again; if it stays, tell the operator of this service.",
    )


def _ensure_issuer(client: Any) -> None:
    """Pass only where what was discovered is that of our issuer. Raises ValueError."""
    found = str(client.load_server_metadata().get("issuer", ""))
    if found.rstrip("/") != (get_settings().oidc_issuer or "").rstrip("/"):
        raise ValueError("the issuer that was discovered is another one")


def _come_back_to() -> str:
    return f"{get_settings().public_url}{url_for('oidc.callback')}"


def _client() -> Any:
    """Authlib's client of the provider; without one these addresses are not there."""
    return current_app.extensions["oidc"] or abort(404)
