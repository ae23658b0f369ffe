"""The web face: thin. Views ask the services, which check rights and decide."""

from pathlib import Path
from typing import Final

from flask import Flask
from jinja2 import StrictUndefined
from whitenoise import WhiteNoise

from app import (
    errors,
    filters,
    forms,
    health,
    home,
    limits,
    login,
    oauth,
    oidc,
    operator,
    panel,
    security,
    session,
    sync_endpoint,
)
from app.admin import pages
from app.bars import bar
from app.icons import icon
from app.page_cache import PageCache
from app.sparkline import sparkline
from sync.factory import Application, open_application
from sync.settings import Settings, load_settings

TOP: Final = Path(__file__).resolve().parent.parent
PINNED: Final = r"^/static/vendor/[^/]+@[0-9.]+/"  # never change: the path names the version
LARGEST_BODY: Final = 1024 * 1024  # the largest thing anybody sends here is a form


def create_app(settings: Settings | None = None, application: Application | None = None) -> Flask:
    """The WSGI application. Raises SettingsError, and SetupError where a store cannot be used.

    `settings` None: those of the environment. `application` is for tests.
    """
    settings = settings or load_settings()
    app = Flask(
        __name__,
        template_folder=str(TOP / "templates"),
        static_folder=str(TOP / "static"),
    )
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY, MAX_FORM_MEMORY_SIZE=LARGEST_BODY)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals.update(bar=bar, icon=icon, sparkline=sparkline)
    app.jinja_env.filters.update(
        for_pages=filters.for_pages,
        web_address=filters.web_address,
        without_scheme=filters.without_scheme,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the promised order of design §5
    app.extensions["sync"] = application or open_application(settings)
    app.extensions["settings"] = settings
    app.extensions["page_cache"] = PageCache()
    cache_url = settings.cache_url.get_secret_value() if settings.cache_url else None
    app.extensions["page_cache"].init_app(app, cache_url)
    forms.init_app(app, app.extensions["sync"].form_secrets)
    session.init_app(app)
    limits.init_app(app, cache_url)
    oidc.init_app(app, settings)
    security.init_app(app)
    errors.init_app(app)
    for module in (home, health, panel, sync_endpoint, login, oidc, oauth, operator):
        app.register_blueprint(module.bp)
    for blueprint in pages.BLUEPRINTS:
        app.register_blueprint(blueprint)
    for module in (panel, sync_endpoint):  # a signed token or a bearer proves who asks there
        forms.protection.exempt(module.bp)
    # Static files are answered before Flask, with validators, so that no view has to.
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(TOP / "static"),
        prefix="static/",
        max_age=3600,
        immutable_file_test=PINNED,
        allow_all_origins=False,
        add_headers_function=security.add_to_file,
    )
    return app
