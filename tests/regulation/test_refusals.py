"""What a caller must give."""

import pytest

from osm.regulation.errors import MissingInput, need, one_of, refuse
from osm.regulation.words import Post


def test_a_refusal_names_its_field():
    with pytest.raises(MissingInput, match="Выберите день") as caught:
        refuse("day", [1], "Выберите день.")
    assert caught.value.field == "day"
    refuse("day", [], "Выберите день.")


def test_what_is_needed_may_be_empty_but_not_missing():
    assert need("hours", 0, "Укажите.") == 0
    with pytest.raises(MissingInput) as caught:
        need("hours", None, "Укажите.")
    assert caught.value.field == "hours"


@pytest.mark.parametrize("code", ["", None, "nobody"])
def test_a_code_that_nobody_knows_is_refused(code):
    known = next(iter(Post))
    assert one_of("post", known.value, Post, "Выберите.") is known
    with pytest.raises(MissingInput, match="Выберите"):
        one_of("post", code, Post, "Выберите.")
