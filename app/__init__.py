"""The web face: thin. Views ask the services, which check rights and decide.

It is two Flask applications at one address: the panel, which knows neither cookies nor accounts,
and the pages for people who sign in.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from app import (
    errors,
    filters,
    forms,
    health,
    home,
    limits,
    login,
    metrics,
    oauth,
    oidc,
    openapi,
    operator,
    panel,
    requests,
    security,
    session,
    sync_endpoint,
)
from app.admin import pages
from app.bars import bar
from app.icons import icon
from app.last_views import LastViews
from app.page_cache import PageCache
from app.sparkline import sparkline
from sync.factory import Application, open_application
from sync.languages import gettext, ngettext
from sync.settings import Settings, load_settings

TOP: Final = Path(__file__).resolve().parent.parent
PINNED: Final = r"^/static/vendor/[^/]+@[0-9.]+/"  # never change: the path names the version
LARGEST_BODY: Final = 1024 * 1024  # the largest thing anybody sends here is a form


def create_app(settings: Settings | None = None, application: Application | None = None) -> Flask:
    """The WSGI application. Raises SettingsError, and SetupError where a store cannot be used.

    `settings` None: those of the environment. `application` is for tests.
    """
    settings = settings or load_settings()
    shared = {
        "sync": application or open_application(settings),
        "settings": settings,
        "page_cache": PageCache(),
        "last_views": LastViews(),
    }
    app = _make_pages(settings, shared)
    # Static files are answered before Flask, with validators, so that no view has to.
    files = WhiteNoise(
        app.wsgi_app,
        root=str(TOP / "static"),
        prefix="static/",
        max_age=3600,
        immutable_file_test=PINNED,
        allow_all_origins=False,
    )
    panel_app = app.extensions["panel"] = _make_panel(settings, shared)
    both = _beside(panel_app, files)
    guarded = _behind(
        settings.trusted_proxies,
        security.guard(security.refuse_odd_hosts(both), https=_is_https(settings)),
    )
    seen = requests.observe(guarded, trusts_names=settings.trusted_proxies > 0)
    app.wsgi_app = seen  # type: ignore[method-assign,assignment]
    return app


def _make_pages(settings: Settings, shared: Mapping[str, Any]) -> Flask:
    """Everything but the panel."""
    app = _make_flask(shared)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the promised order of design §5
    forms.init_app(app, shared["sync"].form_secrets)
    session.init_app(app)
    limits.init_app(app, _cache_url(settings))
    oidc.init_app(app, settings)
    for module in (home, health, metrics, openapi, sync_endpoint, login, oidc, oauth, operator):
        app.register_blueprint(module.bp)
    for blueprint in pages.BLUEPRINTS:
        app.register_blueprint(blueprint)
    forms.protection.exempt(sync_endpoint.bp)  # a bearer proves who asks there
    return app


def _make_panel(settings: Settings, shared: Mapping[str, Any]) -> Flask:
    """The panel, by itself: it could not read a cookie if it wanted to, and is not slowed down by
    what only people who sign in need."""
    app = _make_flask(shared)
    app.session_interface = session.NoSession()
    for kept in ("page_cache", "last_views"):
        shared[kept].init_app(app, _cache_url(settings))
    app.register_blueprint(panel.bp)
    # What goes wrong before a view is found has the panel's words too: the pages that other errors
    # lead to are another application's.
    app.register_error_handler(HTTPException, panel.broken)
    return app


def _make_flask(shared: Mapping[str, Any]) -> Flask:
    """What both faces have in common: templates, headers, words for errors."""
    app = Flask(
        __name__,
        template_folder=str(TOP / "templates"),
        static_folder=str(TOP / "static"),
    )
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY, MAX_FORM_MEMORY_SIZE=LARGEST_BODY)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals.update(bar=bar, icon=icon, sparkline=sparkline)
    app.jinja_env.globals.update(_=gettext, gettext=gettext, ngettext=ngettext)
    app.jinja_env.filters.update(
        for_pages=filters.for_pages,
        web_address=filters.web_address,
        without_scheme=filters.without_scheme,
    )
    app.extensions.update(shared)
    errors.init_app(app)
    return app


def _beside(panel_app: WSGIApplication, others: WSGIApplication) -> WSGIApplication:
    """The panel at its own addresses, and the others everywhere else."""

    def choose(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        app = panel_app if environ["PATH_INFO"] in panel.PATHS else others
        return app(environ, start_response)

    return choose


def _behind(proxies: int, app: WSGIApplication) -> WSGIApplication:
    """The app, told by so many proxies who asks, and by the nearest one over which scheme.

    Host and path are taken from no header: nothing here depends on them.
    """
    return ProxyFix(app, x_for=proxies, x_proto=1) if proxies else app


def _cache_url(settings: Settings) -> str | None:
    return settings.cache_url.get_secret_value() if settings.cache_url else None


def _is_https(settings: Settings) -> bool:
    return (settings.public_url or "").startswith("https://")
