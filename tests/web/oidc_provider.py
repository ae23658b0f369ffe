"""A small OpenID Connect provider on this machine, which a test may tell to cheat.

Source: OpenID Connect Core 1.0 (code flow), OpenID Connect Discovery 1.0, RFC 7636 (PKCE).
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

CLIENT_ID = "acton-integration"
CLIENT_SECRET = "the provider's secret"


@dataclass
class Provider:
    """Who signs in there, and what is wrong with its answers."""

    url: str = ""
    key: RSAKey = field(
        default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})
    )
    claims: dict[str, Any] = field(
        default_factory=lambda: {
            "sub": "4711",
            "email": "ines@example.com",
            "email_verified": True,
            "name": "Ines",
        }
    )
    lies: dict[str, Any] = field(default_factory=dict)  # claims of the ID token as they are not
    discovered: dict[str, Any] = field(default_factory=dict)  # in the same way, of the discovery
    profile: dict[str, Any] = field(default_factory=dict)
    denies: bool = False
    signs_with: RSAKey | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def follow(self, location: str) -> str:
        """Sign in there and allow it: where the browser is sent back to."""
        asked = {name: one[0] for name, one in parse_qs(urlsplit(location).query).items()}
        self.asked.append(asked)
        back: dict[str, str] = {"state": asked["state"]}
        if self.denies:
            back["error"] = "access_denied"
        else:
            back["code"] = secrets.token_urlsafe(8)
            self.codes[back["code"]] = asked
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        pages = {
            "/.well-known/openid-configuration": self._discovery,
            "/jwks": self._keys,
            "/token": self._token,
            "/userinfo": lambda request: self.profile,
        }
        page = pages.get(request.path)
        if page is None:
            return Response("", 404)(environ, start_response)
        found = page(request)
        status = 400 if "error" in found else 200
        answer = Response(json.dumps(found), status, mimetype="application/json")
        return answer(environ, start_response)

    def _discovery(self, request: Request) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        } | self.discovered

    def _keys(self, request: Request) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False)]}

    def _token(self, request: Request) -> dict[str, Any]:
        asked = self.codes.pop(request.form.get("code", ""), None)
        secret = request.authorization and request.authorization.password
        if asked is None or secret != CLIENT_SECRET:
            return {"error": "invalid_grant"}
        proof = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(proof).rstrip(b"=").decode() != asked["code_challenge"]:
            return {"error": "invalid_grant"}
        now = int(time.time())
        told = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        }
        signed = jwt.encode(
            {"alg": "RS256", "kid": "1"},
            told | self.claims | self.lies,
            self.signs_with or self.key,
        )
        return {"access_token": "an access token", "token_type": "Bearer", "id_token": signed}


@contextmanager
def run_provider() -> Iterator[Provider]:
    """A provider that answers."""
    provider = Provider()
    server = make_server("127.0.0.1", 0, provider, threaded=True)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
