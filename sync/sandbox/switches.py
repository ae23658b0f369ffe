"""What the vendors' documents leave open, as switches: each likely answer can be played.

The contracts mark these facts UNDOC or UNKNOWN; the default is what we judge most likely.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Switch:
    """One open question: the likely answer, the others, and what is asked."""

    default: object
    allowed: tuple[object, ...]
    meaning: str


SWITCHES: Mapping[str, Switch] = {
    "acton_limit_answer": Switch(
        default="429",
        allowed=("429", "403", "503", "500", "wso2"),
        meaning="How Act-On says that there are too many calls.",
    ),
    "acton_retry_after": Switch(
        default="none",
        allowed=("none", "seconds", "date"),
        meaning="Whether that answer carries Retry-After, and how.",
    ),
    "refresh_counts_as_log_in": Switch(
        default=False, allowed=(False, True), meaning="Whether refreshes count to 5 an hour."
    ),
    "acton_webhook_body": Switch(
        default="typed",
        allowed=("typed", "nested", "flat"),
        meaning="The form of Act-On's webhooks: the event and its data, an object for each, or the "
        "person's facts without the event's name.",
    ),
    "acton_webhook_headers": Switch(
        default="svix",
        allowed=("svix", "webhook"),
        meaning="How the names of the three signature headers begin.",
    ),
    "acton_webhook_delivery": Switch(
        default="once",
        allowed=("once", "lost", "twice"),
        meaning="What becomes of Act-On's webhooks on their way.",
    ),
    "account_endpoint": Switch(
        default=True, allowed=(True, False), meaning="Whether /api/1/account still answers."
    ),
    "all_contacts": Switch(
        default=True, allowed=(True, False), meaning="Whether the account has All Contacts."
    ),
    "all_contacts_in_listing": Switch(
        default=True, allowed=(True, False), meaning="Whether the listing shows All Contacts."
    ),
    "segments_in_listing": Switch(
        default=True, allowed=(True, False), meaning="Whether the listing shows segments."
    ),
    "ucl_page_limit": Switch(
        default=1000, allowed=(50, 100, 1000), meaning="The largest page of All Contacts."
    ),
    "ucl_shape": Switch(
        default="rows",
        allowed=("rows", "names", "camel", "bare"),
        meaning="The form of All Contacts: rows with headers, objects by column name, objects by "
        "camelCase name, or the latter without an envelope.",
    ),
    "ucl_total": Switch(
        default=True, allowed=(True, False), meaning="Whether All Contacts tells its total."
    ),
    "scores_shape": Switch(
        default="list",
        allowed=("list", "mapping"),
        meaning="The form of contactReport/…/scores.",
    ),
    "responses_shape": Switch(
        default="questions",
        allowed=("questions", "pairs", "mapping", "text"),
        meaning="The form of a form's Responses: objects with Question and Answer, with name and "
        "value, one object by question, or texts.",
    ),
    "entry_ids": Switch(
        default="entry",
        allowed=("entry", "asset"),
        meaning="Whose id an entry of the activity carries: its own, or that of the mail, page or "
        "form, which many entries then share.",
    ),
    "score_actions": Switch(
        default="likely",
        allowed=("likely", "documented"),
        meaning="The actions in ScoreDetails: likely ones, or only the documented MESSAGE_SEND.",
    ),
    "score_period": Switch(
        default="180 days",
        allowed=("180 days", "all time"),
        meaning="ScorePeriod; what is older is not InScoreRange.",
    ),
    "date_columns": Switch(
        default="__modified_date",
        allowed=("__modified_date", "modified_date"),
        meaning="What `datequalifiers` calls its columns.",
    ),
    "date_values": Switch(
        default="ms", allowed=("ms", "iso", "words"), meaning="How it writes their values."
    ),
    "custom_filter": Switch(
        default="api_name",
        allowed=("api_name", "column_name", "none"),
        meaning="Which name of a custom field Pipeliner's filters take.",
    ),
    "entity_index": Switch(
        default=True, allowed=(True, False), meaning="Whether errors in a batch say their place."
    ),
    "partial_success": Switch(
        default=True,
        allowed=(True, False),
        meaning="`success` of a batch of which some items failed.",
    ),
    "batch_limit": Switch(
        default=100, allowed=(10, 100, 1000), meaning="The largest batch that is taken."
    ),
    "unknown_fields": Switch(
        default="refuse",
        allowed=("refuse", "ignore"),
        meaning="What happens to a value for a field that does not exist.",
    ),
    "qualified_lead": Switch(
        default="deleted",
        allowed=("deleted", "gone", "closed"),
        meaning="What becomes of a Lead that is qualified into an opportunity: it is deleted, goes "
        "without a trace, or stays and is archived.",
    ),
    "name_limit": Switch(
        default=255, allowed=(50, 255, 100_000), meaning="The longest text of a name."
    ),
    "fields_published": Switch(
        default=True,
        allowed=(True, False),
        meaning="Whether a field made through the API is live at once.",
    ),
    "panel_fields": Switch(
        default=True,
        allowed=(True, False),
        meaning="Whether our fields may be used in the address of a Webresource.",
    ),
    "date_form": Switch(
        default="space", allowed=("space", "T"), meaning="Blank or T between date and time."
    ),
    "totals": Switch(
        default=True, allowed=(True, False), meaning="Whether Pipeliner's lists tell a total."
    ),
    "forbidden_status": Switch(
        default=401,
        allowed=(401, 403),
        meaning="The status that a wrong Pipeliner API key is answered with.",
    ),
    "webhook_signature": Switch(
        default="hex",
        allowed=("hex", "base64"),
        meaning="How the signature of a webhook is written.",
    ),
    "webhook_signature_shown": Switch(
        default=True,
        allowed=(True, False),
        meaning="Whether the listing of webhooks shows their signatures.",
    ),
    "webhook_body": Switch(
        default="array",
        allowed=("array", "object"),
        meaning="Whether a single event comes as an array of one, or as an object.",
    ),
    "webhook_delivery": Switch(
        default="once",
        allowed=("once", "lost", "twice", "late"),
        meaning="What becomes of webhooks on their way; late is two seconds.",
    ),
}


class Switches:
    """The switches as they stand."""

    def __init__(self) -> None:
        self._values = {name: switch.default for name, switch in SWITCHES.items()}

    def __getitem__(self, name: str) -> object:
        return self._values[name]

    def is_on(self, name: str) -> bool:
        """Whether a yes-or-no switch says yes."""
        return self._values[name] is True

    def number(self, name: str) -> int:
        """The value of a switch that holds a number."""
        value = self._values[name]
        if not isinstance(value, int):
            raise TypeError(f"{name} holds no number")
        return value

    def set(self, name: str, value: object) -> None:
        """Turn one. Raises ValueError that says what is allowed."""
        if name not in SWITCHES:
            raise ValueError(f"There is no switch {name!r}. Known: {', '.join(sorted(SWITCHES))}.")
        if value not in SWITCHES[name].allowed:
            raise ValueError(f"{name} may be one of {SWITCHES[name].allowed}, not {value!r}.")
        self._values[name] = value

    def all(self) -> dict[str, object]:
        """Every switch with its value."""
        return dict(self._values)
