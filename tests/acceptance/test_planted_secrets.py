"""Secrets are planted everywhere, the product lives through a day with its troubles, and then all
that it said, showed and kept is searched for them."""

import base64
import json
import subprocess
import time
import urllib.parse
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync.keyring import Keyring
from sync.model.messages import MessageSettings
from sync.sandbox import RunningSandbox
from sync.store import Store, open_database
from tests.acceptance.conftest import PLANTED, Shell
from tests.acceptance.living import (
    WAIT_SECONDS,
    ask,
    free_port,
    living,
    wait_until_it_answers,
    web_words,
)
from tests.catchers import SECRET, HookCatcher, MailCatcher, catching_hooks, catching_mail

WATCHER = "watch-0123456789-abcdefghijklmnop-XYZ"
OPENS = "cf_act_on_panel_key"


def forms_of(secret: str) -> set[bytes]:
    """A secret as it is, and as headers, addresses and JSON carry it."""
    raw = secret.encode()
    return {
        raw,
        base64.b64encode(raw),
        base64.b64encode(b"sandbox_app:" + raw),
        base64.urlsafe_b64encode(raw).rstrip(b"="),
        urllib.parse.quote_plus(secret).encode(),
        json.dumps(secret)[1:-1].encode(),
        raw.hex().encode(),
    }


def command_lines(*processes: subprocess.Popen[bytes]) -> bytes:
    """What other users of the machine see of the processes and of their children."""
    seen = b""
    for process in processes:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for pid in (str(process.pid), *children):
            seen += Path(f"/proc/{pid}/cmdline").read_bytes()
    return seen


def want_messages(shell: Shell, hook_url: str) -> None:
    """Somebody chose to be told everything, by mail and by a webhook."""
    database = open_database(shell.variables["DATABASE_URL"])
    store = Store(database, Keyring.parse(shell.variables["SECRET_KEYS"]))
    wanted = MessageSettings(
        emails=("anna@example.com",), webhook_url=hook_url, hot_leads=True, digest=False
    )
    with store.write() as desk:
        now = datetime.now(UTC)
        desk.messages.save("demo_space", wanted, by="anna", now=now, digest_at=None)
    database.close()


def wait_for_messages(mail: MailCatcher, hook: HookCatcher) -> bytes:
    """What was sent: of the new Leads, and of the password that does not work any more."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        sent = [str(one["Subject"]) for one in mail.mails]
        if "Demo: the sync failed" in sent and any("new hot Lead" in one for one in sent):
            assert hook.asked
            return b"".join(one.as_bytes() for one in mail.mails) + json.dumps(hook.taken).encode()
        time.sleep(0.2)
    raise AssertionError([one["Subject"] for one in mail.mails])


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_nothing_that_is_secret_is_anywhere_but_where_it_belongs(
    ready: Shell, sandbox: RunningSandbox, log_format: str
) -> None:
    keys, token = ready.variables["SECRET_KEYS"], ready.variables["SYNC_TOKEN"]
    signatures = {str(one["signature"]) for one in sandbox.world.crm.live("Webhooks")}
    assert signatures
    secrets = {*PLANTED, keys, token, WATCHER, SECRET, *signatures}
    port = free_port()
    carriers = ExitStack()
    mail, hook = carriers.enter_context(catching_mail()), carriers.enter_context(catching_hooks())
    ready.variables |= {
        "SMTP_URL": f"smtp://us:{SECRET}@127.0.0.1:{mail.port}",
        "MAIL_FROM": "acton@example.com",
        "ALLOWED_WEBHOOK_HOSTS": hook.url.split("/")[2],
    }
    want_messages(ready, hook.url)
    hook.answers = [(500, {})]
    ready.variables |= {"LOG_LEVEL": "debug", "LOG_FORMAT": log_format, "METRICS_TOKEN": WATCHER}
    ready.variables |= {"METRICS_DIR": str(ready.folder / "numbers"), "PYTHONUNBUFFERED": "1"}
    said = b""
    with (
        carriers,
        living(ready, "web", *web_words(port)) as web_process,
        living(ready, "worker", "sync", "worker", "--workers", "1") as worker_process,
    ):
        here = f"http://127.0.0.1:{port}"
        wait_until_it_answers(f"{here}/healthz")
        for kind in ("server_error", "nonsense", "dropped", "slow"):
            sandbox.plan_fault(kind, times=2, after=3, seconds=0.1)
        bearer = {"Authorization": f"Bearer {token}"}
        said += ask(f"{here}/sync/demo_space", b"", **bearer)
        said += _until_the_run_has_ended(here, bearer)
        sandbox.sandbox.faults.faults.clear()
        said += ask(f"{here}/sync/demo_space", b"", **bearer)
        said += _until_the_run_has_ended(here, bearer, run=2)
        keys_of_people = [one[OPENS] for one in sandbox.contacts() if one.get(OPENS)]
        panel = ask(f"{here}/panel", urllib.parse.urlencode({"key": keys_of_people[0]}).encode())
        assert b"Act-On" in panel
        assert b"cannot be opened" not in panel
        said += panel
        with sandbox.world.lock:  # somebody changes the password
            sandbox.world.demo.password = "another"
            sandbox.world.crm.spaces["demo_space"].password = "another"
        said += ask(f"{here}/sync/demo_space", b"", **bearer)
        said += _until_the_run_has_ended(here, bearer, run=3)
        for key in (token, keys, "v1.forged", "sandbox-password"):
            said += ask(f"{here}/panel", urllib.parse.urlencode({"key": key}).encode())
            said += ask(f"{here}/sync", b"", Authorization=f"Bearer {key}x")
            said += ask(f"{here}/login", urllib.parse.urlencode({"password": key}).encode())
        said += ask(f"{here}/metrics", Authorization=f"Bearer {WATCHER}")
        said += wait_for_messages(mail, hook)
        said += ask(f"{here}/readyz") + ask(f"{here}/openapi.json") + ask(f"{here}/nowhere")
        said += command_lines(web_process, worker_process)
    for words in (("doctor",), ("doctor", "--json"), ("check",), ("runs", "demo_space", "--json")):
        ended = ready.run(*words, expect=None)
        said += (ended.out + ended.err).encode()
    files = [path for path in ready.folder.rglob("*") if path.is_file()]
    logs = {path: path.read_bytes() for path in files if path.name != "space.json"}
    called = b'"event": "call"' if log_format == "json" else b"] call  "
    assert called in logs[ready.folder / "worker.log"]  # it was told to say much
    assert b"acton_pipeliner_api_calls_total" in said
    for secret in secrets:
        for form in forms_of(secret):
            assert form not in said
            assert [path.name for path, body in logs.items() if form in body] == []


def _until_the_run_has_ended(here: str, bearer: dict[str, str], run: int = 1) -> bytes:
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        answer = ask(f"{here}/sync/runs/{run}", **bearer)
        status = json.loads(answer.partition(b"\n")[2])["status"]
        if status not in ("queued", "running"):
            return answer
        time.sleep(0.2)
    raise AssertionError("the run does not end")
