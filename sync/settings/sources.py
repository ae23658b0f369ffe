"""Where settings come from: the environment, and files that hold secrets. Nothing else reads it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from sync.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class Unusable:
    """Stands in for a secret whose file cannot serve; no validator takes it."""

    sentence: str


def is_secret(field: FieldInfo) -> bool:
    """Whether the setting is one, with a check of its own or without, required or not."""
    return _holds_secret(field.annotation)


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(_holds_secret(one) for one in get_args(annotation))


class SecretFiles(PydanticBaseSettingsSource):
    """Reads the variables `NAME_FILE`, for secrets only."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """As pydantic-settings asks for it: (value, key, whether it is complex)."""
        name = field_name.upper()
        path = os.environ.get(f"{name}_FILE")
        if not path or not is_secret(field):
            return None, field_name, False
        if os.environ.get(name):
            both = Unusable(sentence=f"{name} and {name}_FILE are both set. Keep one of them.")
            return both, field_name, False
        try:
            return _read_file(name, path), field_name, False
        except InvalidInput as error:
            return Unusable(sentence=str(error)), field_name, False

    def __call__(self) -> dict[str, Any]:
        """What the files hold, by field."""
        fields = self.settings_cls.model_fields.items()
        found = {name: self.get_field_value(field, name)[0] for name, field in fields}
        return {name: value for name, value in found.items() if value is not None}


def _read_file(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise InvalidInput(
            f"{name}_FILE names {path!r}, which cannot be read.",
            hint="Check the path and its rights.",
        ) from None


def read_secret_variable(name: str) -> str | None:
    """The secret in the variable `name`, or in the file that `NAME_FILE` names; None: neither.

    Raises InvalidInput where the file cannot be read. Space files use it for `{"env": "NAME"}`.
    """
    value = os.environ.get(name)
    if value:
        return value
    path = os.environ.get(f"{name}_FILE")
    return _read_file(name, path) if path else None
