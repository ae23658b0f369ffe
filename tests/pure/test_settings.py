"""Settings come from the environment, are checked as a whole, and never show a secret."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from sync.errors import InvalidInput
from sync.settings import (
    SettingsError,
    environment_without_ours,
    load_settings,
    read_secret_variable,
)

KEY = "vCSN1YZcb0kRj0HhpjmXGvS4WiVJ8vCOdoRxwTVQ4p0="
TOKEN = "4f6c1c2b9de04a6f8f2f7f0f3e5b7a91"
COMPLETE = {
    "SECRET_KEYS": KEY,
    "SYNC_TOKEN": TOKEN,
    "ACTON_CLIENT_ID": "client",
    "ACTON_CLIENT_SECRET": "a-client-secret",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def problems() -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load_settings()
    return caught.value.problems


def test_what_is_not_set_has_the_documented_default(environment: pytest.MonkeyPatch) -> None:
    settings = load_settings()
    assert settings.database_url.get_secret_value() == "sqlite:///instance/sync.db"
    assert settings.acton_base_url == "https://api.actonsoftware.com"
    assert settings.allowed_api_hosts == ()
    assert settings.public_url is None


def test_every_missing_setting_is_named_with_what_to_do() -> None:
    assert problems() == (
        "SECRET_KEYS is not set. Make one with: python -m sync secrets new",
        "SYNC_TOKEN is not set. Make one with: python -m sync secrets new",
        "ACTON_CLIENT_ID is not set. "
        "Act-On shows it under Settings > Custom Account Settings > API Access Keys.",
        "ACTON_CLIENT_SECRET is not set. "
        "Act-On shows it under Settings > Custom Account Settings > API Access Keys.",
    )


def test_an_empty_variable_counts_as_not_set(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PUBLIC_URL", "")
    environment.setenv("ACTON_CLIENT_ID", "")
    assert [problem.split(" is")[0] for problem in problems()] == ["ACTON_CLIENT_ID"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SECRET_KEYS", "c2hvcnQ=", "SECRET_KEYS"),
        ("SECRET_KEYS", "not base64 at all!", "SECRET_KEYS"),
        ("SYNC_TOKEN", "short", "at least 32 characters"),
        ("SYNC_TOKEN", f"{TOKEN},short", "at least 32 characters"),
        ("SYNC_TOKEN", "a" * 40, "too easy to guess"),
        ("DATABASE_URL", "mysql://db/x", "must begin with sqlite:// or postgresql://"),
        ("DATABASE_URL", "sqlite://", "must begin with sqlite://"),
        ("QUEUE_URL", "amqp://queue", "or redis://"),
        ("ACTON_BASE_URL", "http://api.example.com", "must begin with https://"),
        ("ACTON_BASE_URL", "api.example.com", "is not an address"),
        ("PUBLIC_URL", "https://user:pw@example.com", "is not an address"),
        ("ALLOWED_API_HOSTS", "https://example.com", "neither host nor host:port"),
        ("ALLOWED_API_HOSTS", "*.example.com", "neither host nor host:port"),
        ("ALLOWED_API_HOSTS", "example.com:99999", "neither host nor host:port"),
        ("LOG_FORMAT", "yaml", "must be 'auto', 'text' or 'json'"),
        ("LOG_LEVEL", "loud", "must be 'debug', 'info', 'warning' or 'error'"),
        ("ACTON_CALLS_PER_SECOND", "50", "less than or equal to 5"),
        ("PIPELINER_BATCH_SIZE", "many", "must be a valid integer"),
        ("PIPELINER_DATE_FORMAT", "%Y-%m-%d", "lacks %H %M %S"),
        ("HEARTBEAT_SECONDS", "30", "at most a third of LEASE_SECONDS"),
    ],
)
def test_a_nonsensical_setting_is_named_and_explained(
    environment: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    environment.setenv(name, value)
    (problem,) = problems()
    assert name in problem
    assert said in problem


@pytest.mark.parametrize("name", ["SECRET_KEYS", "SYNC_TOKEN", "DATABASE_URL", "QUEUE_URL"])
def test_a_secret_that_is_refused_is_not_shown(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.setenv(name, "hunter2")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "hunter2" not in f"{caught.value} {caught.value!r} {caught.value.problems}"
    assert caught.value.__cause__ is None


def test_no_secret_shows_in_the_settings_repr(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DATABASE_URL", "postgresql://sync:hunter2@db/sync")
    shown = repr(load_settings())
    for secret in (KEY, TOKEN, "a-client-secret", "hunter2"):
        assert secret not in shown


def test_a_secret_may_stand_in_a_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    environment.delenv("SYNC_TOKEN")
    environment.setenv("SYNC_TOKEN_FILE", str(file))
    assert load_settings().sync_tokens == (TOKEN,)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CACHE_URL", "redis://:hunter2@cache.example.com/0"),
        ("METRICS_TOKEN", TOKEN),
        ("SENTRY_DSN", "https://hunter2@sentry.example.com/1"),
        ("DATABASE_URL", "postgresql://u:hunter2@db.example.com/acton"),
        ("SMTP_URL", "smtps://u:hunter2@mail.example.com"),
    ],
)
def test_a_secret_that_need_not_be_set_may_stand_in_a_file_too(
    environment: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    environment.setenv("MAIL_FROM", "acton@example.com")
    environment.setenv("SMTP_URL", "smtps://u:other@mail.example.com")
    (tmp_path / "secret").write_text(f"{value}\n")
    environment.delenv(name, raising=False)
    environment.setenv(f"{name}_FILE", str(tmp_path / "secret"))
    assert getattr(load_settings(), name.lower()).get_secret_value() == value


def test_a_secret_file_that_cannot_be_read_is_named(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.delenv("SYNC_TOKEN")
    environment.setenv("SYNC_TOKEN_FILE", str(tmp_path / "gone"))
    (problem,) = problems()
    assert problem.startswith("SYNC_TOKEN_FILE names")
    assert "cannot be read" in problem


def test_a_secret_given_twice_is_refused(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("SYNC_TOKEN_FILE", str(tmp_path / "token"))
    assert problems() == ("SYNC_TOKEN and SYNC_TOKEN_FILE are both set. Keep one of them.",)


def test_all_problems_are_told_at_once(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.delenv("ACTON_CLIENT_ID")
    environment.delenv("SECRET_KEYS")
    environment.setenv("SECRET_KEYS_FILE", str(tmp_path / "gone"))
    environment.setenv("LOG_LEVEL", "loud")
    assert [problem.split()[0].rstrip(":") for problem in problems()] == [
        "SECRET_KEYS_FILE",
        "ACTON_CLIENT_ID",
        "LOG_LEVEL",
    ]


def test_two_tokens_may_live_during_a_rotation(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SYNC_TOKEN", f" {TOKEN} , {TOKEN[::-1]} ")
    assert load_settings().sync_tokens == (TOKEN, TOKEN[::-1])


def test_hosts_are_a_comma_separated_list(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ALLOWED_API_HOSTS", "127.0.0.1:8765, API.example.com")
    assert load_settings().allowed_api_hosts == ("127.0.0.1:8765", "api.example.com")


def test_a_slash_at_the_end_of_an_address_does_not_matter(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PUBLIC_URL", "https://acton.example.com/")
    assert load_settings().public_url == "https://acton.example.com"


def test_settings_cannot_be_changed(environment: pytest.MonkeyPatch) -> None:
    settings = load_settings()
    with pytest.raises(ValidationError):
        settings.log_level = "debug"


def test_an_env_file_beside_the_process_is_not_read(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=debug\n")
    environment.chdir(tmp_path)
    assert load_settings().log_level == "info"


def test_the_environment_for_a_child_holds_none_of_our_settings(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("SOMETHING_ELSE", "stays")
    environment.setenv("SECRET_KEYS_FILE", "/somewhere")
    left = environment_without_ours()
    assert left["SOMETHING_ELSE"] == "stays"
    assert not {"SECRET_KEYS", "SECRET_KEYS_FILE", "SYNC_TOKEN"} & set(left)


def test_a_space_file_secret_is_read_from_the_variable_or_its_file(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    environment.setenv("ACME_PASSWORD", "from the variable")
    environment.setenv("OTHER_PASSWORD_FILE", str(tmp_path / "secret"))
    assert read_secret_variable("ACME_PASSWORD") == "from the variable"
    assert read_secret_variable("OTHER_PASSWORD") == "from a file"
    assert read_secret_variable("NO_PASSWORD") is None


def test_a_space_file_secret_whose_file_is_gone_is_named(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("OTHER_PASSWORD_FILE", str(tmp_path / "gone"))
    with pytest.raises(InvalidInput, match="OTHER_PASSWORD_FILE names"):
        read_secret_variable("OTHER_PASSWORD")


def test_pipeliners_own_pages_may_show_the_panel_unless_others_are_named(
    environment: pytest.MonkeyPatch,
) -> None:
    assert load_settings().frame_ancestors == (
        "https://crm.pipelinersales.com",
        "https://crm.coevera.com",
    )
    environment.setenv("FRAME_ANCESTORS", "https://CRM.example.com, http://127.0.0.1:8765")
    assert load_settings().frame_ancestors == ("https://crm.example.com", "http://127.0.0.1:8765")


@pytest.mark.parametrize(
    "value",
    [
        "https://a.example; script-src *",
        "https:",
        "*",
        "https://*.example.com",
        "https://b.example/path",
        "http://b.example.com",
        "https://user@b.example.com",
        "crm.example.com",
    ],
)
def test_what_is_no_origin_cannot_end_up_in_a_policy(
    environment: pytest.MonkeyPatch, value: str
) -> None:
    environment.setenv("FRAME_ANCESTORS", value)
    [problem] = problems()
    assert problem.startswith("FRAME_ANCESTORS ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PIPELINER_RECORD_URL", "https://crm.example.com/{nobody}"),
        ("PIPELINER_RECORD_URL", "javascript:alert({id})"),
        ("ACTON_PERSON_URL", "http://acton.example.com/{email}"),
        ("ACTON_PERSON_URL", "https://acton.example.com/{email"),
        ("CACHE_URL", "memcached://127.0.0.1"),
    ],
)
def test_an_address_that_cannot_be_used_is_named(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    environment.setenv(name, value)
    [problem] = problems()
    assert problem.startswith(f"{name} ")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"SMTP_URL": "smtps://u:hunter2@mail.example.com"}, "SMTP_URL and MAIL_FROM belong"),
        ({"MAIL_FROM": "acton@example.com"}, "SMTP_URL and MAIL_FROM belong"),
        ({"SMTP_URL": "smtp://u:hunter2@mail.example.com"}, "SMTP_URL must use TLS"),
        ({"MAIL_FROM": "acton"}, "MAIL_FROM holds something that is not an e-mail address"),
        ({"ALLOWED_WEBHOOK_HOSTS": "https://x"}, "ALLOWED_WEBHOOK_HOSTS holds"),
    ],
)
def test_mail_settings_are_checked_before_the_start(
    environment: pytest.MonkeyPatch, told: dict[str, str], said: str
) -> None:
    for name, value in told.items():
        environment.setenv(name, value)
    (problem,) = problems()
    assert problem.startswith(said)
    assert "hunter2" not in problem
