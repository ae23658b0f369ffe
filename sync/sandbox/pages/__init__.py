"""A CRM to look at: pages of Contacts with the embedded panel, at `/demo/…`.

A stand-in for Pipeliner's own screens. It frames the page that a Webresource names, from another
origin, as the real CRM does. `cards` says what the pages show, `frame` what they frame.
"""

from sync.sandbox.pages.routes import make_pages_blueprint

__all__ = ["make_pages_blueprint"]
