"""A sandbox in this process, and a client for each of its sides."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sync.sandbox import SandboxOptions
from sync.sandbox.options import (
    APP_PASSWORD,
    APP_USERNAME,
    CLIENT_ID,
    CLIENT_SECRET,
    PASSWORD,
    SPACE_ID,
    USERNAME,
)
from sync.sandbox.serve import Sandbox


class Visitor:
    """Calls the sandbox as the vendors' customers would."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.http: FlaskClient = sandbox.app.test_client()
        self.access = ""

    def log_in(self, **fields: str) -> TestResponse:
        form = {
            "grant_type": "password",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "username": USERNAME,
            "password": PASSWORD,
            **fields,
        }
        answer = self.http.post("/token", data=form)
        if answer.status_code == 200:
            self.access = answer.json["access_token"]
        return answer

    def acton(self, path: str, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.access}"}
        return self.http.open(path, headers=headers, **options)

    def crm(self, path: str, method: str = "GET", space: str = SPACE_ID, **options: Any) -> Any:
        return self.http.open(
            f"/api/v100/rest/spaces/{space}/entities/{path}",
            method=method,
            auth=(APP_USERNAME, APP_PASSWORD),
            **options,
        )

    def turn(self, **switches: object) -> None:
        assert self.http.post("/__sandbox/switches", json=switches).status_code == 200

    def plan(self, **fault: object) -> None:
        assert self.http.post("/__sandbox/faults", json=fault).status_code == 200


@pytest.fixture
def sandbox() -> Sandbox:
    """The default world."""
    return Sandbox(SandboxOptions())


@pytest.fixture
def visitor(sandbox: Sandbox) -> Visitor:
    """Somebody who is logged in to Act-On."""
    one = Visitor(sandbox)
    one.log_in()
    return one
