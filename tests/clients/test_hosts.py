"""Only the vendors' own hosts are called, and those that the operator names."""

import socket

import pytest
from urllib3.util import Timeout

from sync.errors import SetupError
from sync.http.hosts import HostPolicy
from sync.http.session import guarded_pools

NAMED = HostPolicy(["crm.example.com", "127.0.0.1:8765"])


@pytest.mark.parametrize(
    "url",
    [
        "https://api.actonsoftware.com/api/1/list",
        "https://API-EU.actonsoftware.com:443/",
        "https://eu-central.api.pipelinersales.com/api/v100",
        "https://us-east.api.coevera.com/api/v100",
    ],
)
def test_the_vendors_own_hosts_may_be_called(url: str) -> None:
    HostPolicy().check(url)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://api.actonsoftware.com/", id="plain-http"),
        pytest.param("ftp://api.actonsoftware.com/", id="another-scheme"),
        pytest.param("https://api.actonsoftware.com:8443/", id="another-port"),
        pytest.param("https://example.com/", id="another-host"),
        pytest.param("https://my-actonsoftware.com/", id="look-alike-by-its-end"),
        pytest.param("https://api.actonsoftware.com.example.com/", id="look-alike-by-its-start"),
        pytest.param("https://api.actonsoftwаre.com/", id="look-alike-in-cyrillic"),
        pytest.param("https://a..actonsoftware.com/", id="with-an-empty-label"),
        pytest.param("https://user:pass@api.actonsoftware.com/", id="with-credentials"),
        pytest.param("https://api.actonsoftware.com@example.com/", id="host-as-user-name"),
        pytest.param("https://example.com\\.actonsoftware.com/", id="with-a-backslash"),
        pytest.param("https://api.actonsoftware.com/#k=v", id="with-a-fragment"),
        pytest.param("https://api.actonsoftware.com/\r\nHost: example.com", id="with-a-new-line"),
        pytest.param("https://localhost/", id="this-machine"),
        pytest.param("https://93.184.216.34/", id="bare-address"),
        pytest.param("https://[::1]/", id="bare-ipv6-address"),
        pytest.param("https://127.1/", id="short-address"),
        pytest.param("https://0x7f000001/", id="address-as-hexadecimal"),
        pytest.param("https://2130706433/", id="address-as-number"),
        pytest.param("https://[not-an-address/", id="unreadable"),
        pytest.param("", id="empty"),
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(SetupError) as refused:
        HostPolicy().check(url)
    assert refused.value.kind == "host"
    assert "ALLOWED_API_HOSTS" in refused.value.hint


def test_a_refusal_shows_the_host_and_no_credentials() -> None:
    with pytest.raises(SetupError, match=r"'example\.com'") as refused:
        HostPolicy().check("https://anna:hunter2@example.com/")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    ["https://crm.example.com/", "http://127.0.0.1:8765/", "https://api.actonsoftware.com/"],
)
def test_a_host_that_the_operator_names_may_be_called(url: str) -> None:
    NAMED.check(url)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://crm.example.com/", id="plain-http-beyond-this-machine"),
        pytest.param("https://crm.example.com:8443/", id="another-port-of-it"),
        pytest.param("http://127.0.0.1:9999/", id="another-port-of-this-machine"),
        pytest.param("https://www.crm.example.com/", id="a-host-below-it"),
    ],
)
def test_naming_a_host_allows_nothing_beside_it(url: str) -> None:
    with pytest.raises(SetupError):
        NAMED.check(url)


@pytest.mark.parametrize("text", ["https://crm.example.com", "host:port", "me@host", "", "a/b"])
def test_a_nonsensical_entry_is_named_with_its_setting(text: str) -> None:
    with pytest.raises(SetupError, match="ALLOWED_API_HOSTS"):
        HostPolicy([text])


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.5",
        "127.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "::1",
        "::ffff:10.0.0.5",
        "fe80::1%eth0",
        "fec0::1",
        "fc00::1",
        "64:ff9b::7f00:1",  # NAT64 of 127.0.0.1
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:7f00:1::",  # 6to4 of 127.0.0.1
        "2002:a9fe:a9fe::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",  # Teredo
        "::7f00:1",
        "::ffff:0:7f00:1",
        "3fff::1",
        "5f00::1",
        "192.0.0.8",
        "192.88.99.1",
    ],
)
def test_an_allowed_name_must_not_lead_inside(address: str) -> None:
    with pytest.raises(SetupError, match="private address"):
        HostPolicy().check_peer("api.actonsoftware.com", 443, address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:4700::1111", "64:ff9b::5db8:d822", "2002:5db8:d822::1"]
)
def test_an_allowed_name_may_lead_outside(address: str) -> None:
    HostPolicy().check_peer("api.actonsoftware.com", 443, address)


def test_a_named_host_may_lead_anywhere() -> None:
    NAMED.check_peer("crm.example.com", 443, "10.0.0.5")


def test_a_peer_that_is_refused_is_told_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        pool = guarded_pools(HostPolicy())["http"](
            "127.0.0.1", server.getsockname()[1], timeout=Timeout(5)
        )
        with pytest.raises(SetupError, match="private address"):
            pool.request("GET", "/", headers={"Authorization": "Basic secret"})
        line, _ = server.accept()
        with line:
            assert line.recv(1) == b""
