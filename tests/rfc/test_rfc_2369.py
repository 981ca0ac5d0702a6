"""RFC 2369, section 3: the examples of every field, but for those that `tests/unit` has already."""

from __future__ import annotations

import pytest

from mimekit.headers.lists import ListField, is_one_click
from tests.support.reading import reads


@pytest.mark.parametrize(
    ("field", "uris", "comments"),
    [
        pytest.param(
            "List-Help: <mailto:list-manager@host.com?body=info>",
            ["mailto:list-manager@host.com?body=info"],
            [""],
            id="3.1, second",
        ),
        pytest.param(
            "List-Help: <http://www.host.com/list/>, <mailto:list-info@host.com>",
            ["http://www.host.com/list/", "mailto:list-info@host.com"],
            ["", ""],
            id="3.1, fourth",
        ),
        pytest.param(
            "List-Unsubscribe: <http://www.host.com/list.cgi?cmd=unsub&lst=list>,\n"
            "    <mailto:list-request@host.com?subject=unsubscribe>",
            ["http://www.host.com/list.cgi?cmd=unsub&lst=list", "mailto:list-request@host.com?subject=unsubscribe"],
            ["", ""],
            id="3.2, fourth",
        ),
        pytest.param(
            "List-Subscribe: (Use this command to join the list)\n"
            "    <mailto:list-manager@host.com?body=subscribe%20list>",
            ["mailto:list-manager@host.com?body=subscribe%20list"],
            ["Use this command to join the list"],
            id="3.3, third",
        ),
        pytest.param(
            "List-Post: <mailto:moderator@host.com> (Postings are Moderated)",
            ["mailto:moderator@host.com"],
            ["Postings are Moderated"],
            id="3.4, second",
        ),
        pytest.param(
            "List-Owner: <mailto:josh@foo.bar?Subject=list>",
            ["mailto:josh@foo.bar?Subject=list"],
            [""],
            id="3.5, third",
        ),
        pytest.param(
            "List-Archive: <http://www.host.com/list/archive/> (Web Archive)",
            ["http://www.host.com/list/archive/"],
            ["Web Archive"],
            id="3.6, third",
        ),
    ],
)
def test_a_field_of_a_list_is_read_in_its_message(field: str, uris: list[str], comments: list[str]) -> None:
    message = reads(f"{field}\n\nx\n")
    read = ListField.parse(message.headers.raw(field.partition(":")[0]) or b"")
    assert (list(read.uris), list(read.comments)) == (uris, comments)
    assert message.defects == ()


@pytest.mark.parametrize(
    ("fields", "uris"),
    [
        pytest.param(
            "List-Unsubscribe: <https://example.com/unsubscribe/opaquepart>\n"
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            ["https://example.com/unsubscribe/opaquepart"],
            id="RFC 8058 8.1",
        ),
        pytest.param(
            "List-Unsubscribe:\n"
            "    <mailto:listrequest@example.com?subject=unsubscribe>,\n"
            "    <https://example.com/unsubscribe.html?opaque=123456789>\n"
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            [
                "mailto:listrequest@example.com?subject=unsubscribe",
                "https://example.com/unsubscribe.html?opaque=123456789",
            ],
            id="RFC 8058 8.2",
        ),
    ],
)
def test_one_click_is_read(fields: str, uris: list[str]) -> None:
    message = reads(f"{fields}\n\nx\n")
    assert list(ListField.parse(message.headers.raw("List-Unsubscribe") or b"").uris) == uris
    assert is_one_click(message.headers.raw("List-Unsubscribe-Post") or b"")
    assert message.defects == ()
