"""The emulator of VK is checked against others' work: the official schema and two independent clients."""

from __future__ import annotations

import jconfig
import pytest
import requests
import vk_api

from tests.emulators import vk_schema
from tests.emulators.serving import run_elsewhere
from tests.emulators.vk import KEYS, vk_network
from tests.emulators.vk_methods import METHODS, TOKENS

needs_schema = pytest.mark.skipif(not vk_schema.is_there(), reason="no official schema of VK")


@pytest.fixture
def vk():
    with vk_network() as found:
        found.world.person(100500, "Анна", "Тестова")
        yield found


@needs_schema
def test_keys_open_what_the_schema_says():
    described = {method: vk_schema.tokens(method) for method in METHODS if vk_schema.tokens(method)}
    assert len(described) > 15
    assert {method: TOKENS[method] for method in described} == described


def test_vk_api_reads_answers_and_is_refused(vk):
    class Rebase(requests.adapters.HTTPAdapter):
        def send(self, request, **given):
            request.url = request.url.replace("https://api.vk.ru", vk.base, 1)
            return super().send(request, **given)

    def client(token):
        session = requests.Session()
        session.mount("https://api.vk.ru/", Rebase())
        return vk_api.VkApi(token=token, session=session, api_version="5.199", config=jconfig.MemoryConfig).get_api()

    post = vk.world.post("Пост")
    comment = vk.world.write(post, 100500, "Вопрос")
    owner = vk.world.owner
    found = client(KEYS["user"]).wall.getComments(owner_id=owner, post_id=post, extended=1)
    assert [one["text"] for one in found["items"]] == ["Вопрос"]
    community = client(KEYS["community"])
    community.wall.createComment(
        owner_id=owner, post_id=post, from_group=-owner, reply_to_comment=comment, message="Ответ", guid="1"
    )
    with pytest.raises(vk_api.exceptions.ApiError) as refused:
        community.wall.deleteComment(owner_id=owner, comment_id=comment)
    assert refused.value.code == 27
    assert [one["text"] for one in vk.world.comments.values()] == ["Вопрос", "Ответ"]


def test_vkbottle_reads_answers_and_hears_events(vk):
    import vkbottle  # takes seconds, so not while tests are collected

    class Loopback(vkbottle.API):
        API_URL = vk.base + "/method/"

    async def story():
        post = vk.world.post("Пост")
        api = Loopback(KEYS["community"])
        server = await api.groups.get_long_poll_server(group_id=vk.world.group)
        comment = vk.world.write(post, 100500, "Вопрос")
        heard = requests.get(
            server.server, {"act": "a_check", "key": server.key, "ts": server.ts, "wait": 0}, timeout=5
        ).json()
        await api.wall.create_comment(
            owner_id=vk.world.owner, post_id=post, from_group=vk.world.group, reply_to_comment=comment, message="Ответ"
        )
        user = Loopback(KEYS["user"])
        await user.wall.delete_comment(owner_id=vk.world.owner, comment_id=comment)
        for one in (api, user):
            await one.http_client.close()
        return heard

    heard = run_elsewhere(story())
    assert [update["type"] for update in heard["updates"]] == ["wall_reply_new"]
    assert [one["text"] for one in vk.world.comments.values()] == ["Ответ"]


def test_too_many_calls_in_a_second_are_refused_and_counted(vk):
    url = f"{vk.base}/method/users.get"
    asked = {"access_token": KEYS["user"], "v": "5.199"}
    codes = [requests.post(url, asked, timeout=5).json().get("error", {}).get("error_code") for _ in range(5)]
    assert codes[:3] == [None] * 3
    assert 6 in codes[3:]
    assert vk.over >= 1
