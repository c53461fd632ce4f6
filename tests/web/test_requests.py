"""What our forms never send: NUL, which PostgreSQL accepts in no text, and numbers too large for any column."""

from __future__ import annotations

import pytest

NUL = "\0"
LARGE = 10**23


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/messages/new/link", {"url": f"vk.com/wall-1_1{NUL}"}),
        ("/moderation/more", {"key": f"a{NUL}"}),
        ("/imports", {"before": LARGE}),
    ],
)
def test_an_address_with_what_no_column_takes_is_answered(anna, path, values):
    assert anna.get(path, query_string=values).status_code == 200


@pytest.mark.parametrize(
    ("path", "values", "status"),
    [
        ("/moderation/bulk", {"row": ["1:1"], "back": "/moderation?post=https://a.example/%00"}, 422),
        ("/messages/filters", {"name": "Ямы", "query": "q=a%00b&number=1%00"}, 200),
        ("/moderation/bulk", {"row": ["1:1"], "back": "http://["}, 422),
        ("/messages/filters", {"name": "Ямы", "query": "q=a&" * 60}, 200),
    ],
)
def test_an_address_inside_a_field_with_what_no_column_takes_is_answered(anna, path, values, status):
    """Its «%00» becomes NUL only when the address is split; and it may be no address at all."""
    assert anna.submit(path, values, follow_redirects=True).status_code == status


def test_a_login_with_nul_is_a_wrong_one(cast, client):
    answer = client.log_in(f"anna{NUL}x", f"пароль{NUL}")
    assert answer.status_code == 401
