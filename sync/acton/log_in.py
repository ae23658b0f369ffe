"""How a space comes by its access to Act-On: proving a password, or the redirect flow."""

from sync.acton.oauth import TokenSource, TokenStore, authorize_url


class LogIn:
    """The log-in of one space. Implements `ports.ActOnLogIn`."""

    def __init__(
        self, tokens: TokenSource, held: TokenStore, *, base_url: str, client_id: str
    ) -> None:
        self._tokens = tokens
        self._held = held
        self._base_url = base_url
        self._client_id = client_id

    def prove_password(self) -> None:
        """Log in with the stored user name and password, whatever is held already."""
        self._tokens.prove_password()

    def authorize_url(self, *, redirect_uri: str, state: str) -> str:
        """Where to send the browser for the redirect flow."""
        return authorize_url(
            self._base_url, client_id=self._client_id, redirect_uri=redirect_uri, state=state
        )

    def exchange_code(self, code: str, *, redirect_uri: str) -> None:
        """Turn the one-time code that came back into stored access."""
        self._tokens.exchange_code(code, redirect_uri)

    def is_held(self) -> bool:
        """Whether there is access that was given before."""
        return self._held.read() is not None

    def forget(self) -> None:
        """Drop the access that is held."""
        self._held.forget()
