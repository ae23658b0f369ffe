"""The forms of Act-On's and the gateway's answers that several endpoints share."""

from datetime import timedelta
from email.utils import format_datetime
from typing import Any

from flask import Response, jsonify

from sync.sandbox.clock import SandboxClock
from sync.sandbox.switches import Switches

UNAUTHORISED = {"httpCode": "401", "httpMessage": "Unauthorized", "moreInformation": ""}
NOT_FOUND = {
    "httpCode": "404",
    "httpMessage": "Not Found",
    "moreInformation": "No resources match requested URI",
}


def answer(body: Any, status: int = 200) -> Response:
    """JSON with a status."""
    response = jsonify(body)
    response.status_code = status
    return response


def acton_error(code: int, message: str, status: int = 400) -> Response:
    """An error of /api/1."""
    return answer({"errorCode": code, "message": message}, status)


def too_many(switches: Switches, clock: SandboxClock, seconds: int = 1) -> Response:
    """What Act-On says when there were too many calls, as the switches have it."""
    how = switches["acton_limit_answer"]
    if how == "wso2":
        body: Any = {"fault": {"code": 900800, "message": "Message throttled out"}}
        response = answer(body, 503)
    elif how == "429":
        response = answer(
            {
                "httpCode": "429",
                "httpMessage": "Too Many Requests",
                "moreInformation": "Rate Limit exceeded",
            },
            429,
        )
    else:
        response = answer({"error": "API quota exceeded, rate limit reached"}, int(str(how)))
    if switches["acton_retry_after"] == "seconds":
        response.headers["Retry-After"] = str(seconds)
    elif switches["acton_retry_after"] == "date":
        moment = clock.now().replace(microsecond=0) + timedelta(seconds=seconds)
        response.headers["Retry-After"] = format_datetime(moment, usegmt=True)
    return response
