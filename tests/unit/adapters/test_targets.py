"""No configured address lets the platform be used against the network it stands in."""

import pytest

from chengyun.adapters.http.targets import Targets
from chengyun.kernel.errors import Rejected, Retryable

PUBLIC = "93.184.216.34"


def leading_to(*addresses, inside=()):
    return Targets(inside, lambda name, port: addresses)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1",
        "169.254.169.254", "169.254.1.1", "100.64.0.1", "224.0.0.1", "255.255.255.255",
        "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::", "64:ff9b::a9fe:a9fe",
    ],
)  # fmt: skip
def test_what_is_not_public_is_refused(address):
    with pytest.raises(Rejected, match="not public"):
        leading_to(address).judged("https://login.example/")
    with pytest.raises(Rejected, match="not public"):
        leading_to(PUBLIC, address).judged("https://login.example/")  # one of several is enough


def test_the_address_that_was_judged_is_the_one_to_connect_to():
    answers = iter([(PUBLIC,), ("127.0.0.1",)])
    targets = Targets((), lambda name, port: next(answers))
    target = targets.judged("https://login.example:8443/realm?x=1")
    assert (target.host, target.port, target.address) == ("login.example", 8443, PUBLIC)
    with pytest.raises(Rejected):  # a name that turns is judged anew each time
        targets.judged("https://login.example:8443/realm?x=1")


def test_a_network_that_the_operator_named_may_be_reached():
    targets = leading_to("10.1.2.3", inside=["10.1.0.0/16", "fd00::/8"])
    assert targets.judged("http://keycloak.inside/").address == "10.1.2.3"
    assert targets.judged("https://keycloak.inside/").port == 443
    with pytest.raises(Rejected, match="not public"):
        leading_to("10.2.2.3", inside=["10.1.0.0/16"]).judged("https://keycloak.inside/")
    with pytest.raises(Rejected, match="no network"):
        Targets(["10.1.0.0/99"])


def test_outside_only_https_is_spoken():
    with pytest.raises(Rejected, match="only https"):
        leading_to(PUBLIC).judged("http://login.example/")


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "gopher://a/", "https://", "login.example", "https://u:p@a/", "",
     "https://[::1", "https://a:99999/", "https://a/\r\nX: y", "//a/"],
)  # fmt: skip
def test_what_is_no_target_is_refused_and_not_repeated(url):
    with pytest.raises(Rejected, match="no address") as refused:
        leading_to(PUBLIC).judged(url)
    assert "u:p" not in str(refused.value)


def test_numbers_in_other_forms_are_judged_as_the_machine_reads_them():
    for host in ("127.1", "2130706433", "0x7f000001", "localhost"):
        with pytest.raises((Rejected, Retryable)):
            Targets().judged(f"https://{host}/")


def test_a_name_without_an_address_may_be_tried_again():
    def nothing(name, port):
        raise OSError("no such name")

    with pytest.raises(Retryable):
        Targets((), nothing).judged("https://nowhere.example/")
    with pytest.raises(Retryable):
        leading_to().judged("https://nowhere.example/")
