"""Kinds of values that settings may have, each with its check."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

from sync.checks import (
    check_date_format,
    check_emails,
    check_hosts,
    check_origins,
    check_scheme,
    check_service_address,
    check_template,
    check_tokens,
    split_list,
)
from sync.errors import InvalidInput
from sync.keyring import Keyring
from sync.mail_server import read_mail_server

DATABASES: Final = ("sqlite", "postgresql", "postgres")
CACHES: Final = ("redis", "rediss")
QUEUES: Final = ("sqlite", "postgresql", "postgres", "redis", "rediss")


def _hidden(check: Callable[[str], str]) -> AfterValidator:
    """The check for a value that must not show in a repr."""

    def checked(value: SecretStr) -> SecretStr:
        check(value.get_secret_value())
        return value

    return AfterValidator(checked)


def _check_mail_server(value: str) -> str:
    read_mail_server(value)
    return value


def _check_email(value: str) -> str:
    return check_emails([value.strip()])[0]


def _check_keys(value: str) -> str:
    try:
        Keyring.parse(value)
    except InvalidInput as error:
        raise ValueError(str(error)) from None
    return value


Keys = Annotated[SecretStr, _hidden(_check_keys)]
MailAddress = Annotated[SecretStr, _hidden(_check_mail_server)]
Email = Annotated[str, AfterValidator(_check_email)]
Tokens = Annotated[SecretStr, _hidden(check_tokens)]
Database = Annotated[SecretStr, _hidden(partial(check_scheme, schemes=DATABASES))]
Bell = Annotated[SecretStr, _hidden(partial(check_scheme, schemes=QUEUES))]
Service = Annotated[str, AfterValidator(check_service_address)]
DateFormat = Annotated[str, AfterValidator(check_date_format)]
Cache = Annotated[SecretStr, _hidden(partial(check_scheme, schemes=CACHES))]
RecordUrl = Annotated[
    str, AfterValidator(partial(check_template, names=("space", "collection", "id")))
]
PersonUrl = Annotated[
    str, AfterValidator(partial(check_template, names=("domain", "email", "record")))
]
Origins = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(split_list), AfterValidator(check_origins)
]
Emails = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(split_list), AfterValidator(check_emails)
]
Hosts = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(split_list), AfterValidator(check_hosts)
]
