"""The methods of the emulated VK: what each answers, what it refuses, what it leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.emulators.vk_world import ADMIN, World


class Refused(Exception):
    """A method answers with an error of VK."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Call:
    """One call of a method: the world and what was given."""

    world: World
    given: dict[str, str]
    kind: str
    base: str

    def number(self, name: str, default: int = 0) -> int:
        return int(self.given.get(name) or default)

    def text(self, name: str) -> str:
        return self.given.get(name, "")

    def did(self, act: str, what: Any) -> None:
        self.world.effects[act, str(what)] += 1

    def people(self, items: list[dict[str, Any]]) -> dict[str, Any]:
        world = self.world
        profiles = [
            {"id": number, "first_name": world.people[number][0], "last_name": world.people[number][1]}
            for number in sorted({item["from_id"] for item in items})
            if number in world.people
        ]
        return {"profiles": profiles, "groups": [{"id": world.group, "name": "Администрация", "type": "group"}]}


def _get_comments(call: Call) -> Any:
    world, post, top = call.world, call.number("post_id"), call.number("comment_id")
    if call.number("owner_id") != world.owner or post not in world.posts:
        raise Refused(15, "Access denied")
    under = [one for one in world.comments.values() if one["post_id"] == post]
    level = [one for one in under if (one["parents_stack"][:1] == [top] if top else not one["parents_stack"])]
    level.sort(key=lambda one: one["id"], reverse=call.text("sort") == "desc")
    start = call.number("start_comment_id")
    if start:
        level = [one for one in level if one["id"] >= start]
    offset, count = call.number("offset"), call.number("count", 20)
    items = [dict(one) for one in level[offset : offset + count]]
    threads = call.number("thread_items_count")
    shown = list(items)
    for item in items:
        if not item["parents_stack"]:
            below = sorted((c for c in under if c["parents_stack"][:1] == [item["id"]]), key=lambda one: one["id"])
            item["thread"] = {"count": len(below), "items": below[:threads]}
            shown += below[:threads]
    answer = {"count": len(level), "items": items, "current_level_count": len(level), "can_post": True}
    return {**answer, **call.people(shown)} if call.text("extended") == "1" else answer


def _create_comment(call: Call) -> Any:
    world, guid = call.world, call.text("guid")
    post = call.number("post_id")
    if post in world.closed:
        raise Refused(213, "Access to status replies denied")
    if guid in world.guids and world.honours_guid:
        return {"comment_id": world.guids[guid]}
    under = call.number("reply_to_comment") or None
    if under and under not in world.comments:
        raise Refused(100, "One of the parameters specified was missing or invalid: reply_to_comment is incorrect")
    attached = [
        {"type": "photo", "photo": {"id": int(one.rpartition("_")[2]), "owner_id": world.owner, "date": world.now,
                                    "album_id": -7, "has_tags": False}}
        for one in filter(None, call.text("attachments").split(","))
    ]  # fmt: skip
    author = -call.number("from_group") or ADMIN
    number = world.write(post, author, call.text("message"), under, attachments=attached)
    call.did("reply", under or post)
    if guid:
        world.guids[guid] = number
    return {"comment_id": number, "parents_stack": world.comments[number]["parents_stack"]}


def _edit_comment(call: Call) -> Any:
    number = call.number("comment_id")
    if number not in call.world.comments:
        raise Refused(104, "Not found")
    if call.world.comments[number]["text"] != call.text("message"):
        call.did("edit", number)
    call.world.change(number, call.text("message"))
    return 1


def _delete_comment(call: Call) -> Any:
    number = call.number("comment_id")
    if number not in call.world.comments:
        raise Refused(104, "Not found")
    call.world.delete(number, ADMIN)
    call.did("delete", number)
    return 1


def _restore_comment(call: Call) -> Any:
    number = call.number("comment_id")
    if number in call.world.comments:
        raise Refused(243, "Comment is not deleted")
    if number not in call.world.deleted:
        raise Refused(104, "Not found")
    call.world.restore(number)
    call.did("restore", number)
    return 1


def _wall_get(call: Call) -> Any:
    world = call.world
    newest_first = (p for p in world.posts.values() if p["post_type"] == "post")
    posts = sorted(newest_first, key=lambda p: (p["id"] != world.pinned, -p["id"]))
    shown = posts[call.number("offset") : call.number("offset") + call.number("count", 20)]
    count = {number: sum(c["post_id"] == number for c in world.comments.values()) for number in world.posts}
    return {"count": len(posts), "items": [{**post, "comments": {"count": count[post["id"]]}} for post in shown]}


def _wall_post(call: Call) -> Any:
    world, guid = call.world, f"post:{call.text('guid')}"
    if guid in world.guids and world.honours_guid:
        return {"post_id": world.guids[guid]}
    number = world.post(call.text("message"))
    world.posts[number]["attachments"] = [
        {"type": "photo", "photo": {"id": int(one.rpartition("_")[2]), "owner_id": world.owner, "date": world.now,
                                    "album_id": -7, "has_tags": False}}
        for one in filter(None, call.text("attachments").split(","))
    ]  # fmt: skip
    world.guids[guid] = number
    call.did("post", call.text("message"))
    return {"post_id": number}


def _wall_by_id(call: Call) -> Any:
    numbers = [int(one.rpartition("_")[2]) for one in call.text("posts").split(",")]
    return {"items": [call.world.posts[number] for number in numbers if number in call.world.posts]}


def _wall_delete(call: Call) -> Any:
    if call.world.posts.pop(call.number("post_id"), None) is None:
        raise Refused(104, "Not found")
    call.did("delete", call.number("post_id"))
    return 1


def _ban(call: Call) -> Any:
    author = call.number("owner_id")
    if author not in call.world.people:
        raise Refused(18, "User was deleted or banned")
    call.world.ban(author, ADMIN, call.number("end_date"), call.number("reason"), call.text("comment"))
    call.did("ban", author)
    return 1


def _unban(call: Call) -> Any:
    author = call.number("owner_id")
    if author not in call.world.bans:
        raise Refused(104, "Not found")
    call.world.unban(author, ADMIN)
    call.did("unban", author)
    return 1


def _banned(call: Call) -> Any:
    asked = call.number("owner_id")
    if asked and asked not in call.world.bans:
        raise Refused(104, "Not found")
    items = [
        {"type": "profile", "profile": {"id": who, "first_name": "", "last_name": ""}, "ban_info": info}
        for who, info in call.world.bans.items()
        if asked in (0, who)
    ]
    return {"count": len(items), "items": items}


def _users(call: Call) -> Any:
    numbers = [int(one) for one in call.text("user_ids").split(",") if one] or [ADMIN]
    people = call.world.people
    return [
        {"id": number, "first_name": people[number][0], "last_name": people[number][1]}
        for number in numbers
        if number in people
    ]


def _members(call: Call) -> Any:
    if call.text("filter") != "managers":
        raise Refused(100, "One of the parameters specified was missing or invalid")
    roles = call.world.managers
    return {"count": len(roles), "items": [{"id": who, "role": role} for who, role in roles.items()]}


def _board_comments(call: Call) -> Any:
    inside = sorted(call.world.topics.get(call.number("topic_id"), {}).values(), key=lambda one: one["id"])
    if call.text("sort") == "desc":
        inside.reverse()
    start = call.number("start_comment_id")
    items = [one for one in inside if not start or one["id"] >= start][: call.number("count", 20)]
    return {"count": len(inside), "items": items}


def _board_create(call: Call) -> Any:
    author = call.world.owner if call.text("from_group") == "1" else ADMIN
    number = call.world.discuss(call.number("topic_id"), author, call.text("message"))
    call.did("reply", call.number("topic_id"))
    return number


def _board_delete(call: Call) -> Any:
    if call.world.topics.get(call.number("topic_id"), {}).pop(call.number("comment_id"), None) is None:
        raise Refused(104, "Not found")
    call.did("delete", call.number("comment_id"))
    return 1


def _send(call: Call) -> Any:
    world, peer, mark = call.world, call.number("peer_id"), f"message:{call.text('random_id')}"
    if mark in world.guids:
        return world.guids[mark]
    one = world.message(peer, world.owner, call.text("message"))
    call.did("reply", peer)
    world.guids[mark] = one["id"]
    return one["id"]


def _history(call: Call) -> Any:
    inside = call.world.messages.get(call.number("peer_id"), [])
    return {"count": len(inside), "items": inside[::-1][: call.number("count", 20)]}


def _edit_message(call: Call) -> Any:
    inside = call.world.messages.get(call.number("peer_id"), [])
    for one in inside:
        if one["id"] == call.number("message_id"):
            one["text"] = call.text("message")
            call.did("edit", one["id"])
            return 1
    raise Refused(100, "One of the parameters specified was missing or invalid")


def _long_poll(call: Call) -> Any:
    world = call.world
    return {
        "key": "lp-key",
        "server": f"{call.base}/whp/{world.group}" if world.long_poll is None else world.long_poll,
        "ts": str(world.first_event + len(world.events)),
    }


def _upload_server(call: Call) -> Any:
    return {"upload_url": f"{call.base}/upload/photo", "album_id": -7, "user_id": ADMIN}


def _save_photo(call: Call) -> Any:
    world = call.world
    number = 9000 + len(world.photos)
    world.photos[number] = world.uploads[call.text("photo")]
    return [{"id": number, "owner_id": world.owner, "album_id": -7, "date": world.now, "has_tags": False}]


def _group(call: Call) -> Any:
    """What every answer has, and the requested fields of the page's profile."""
    asked = ["screen_name", *call.given.get("fields", "").split(",")]
    told = {name: value for name, value in call.world.profile.items() if name in asked}
    return {"groups": [{"id": call.world.group, "name": "Администрация", "type": "group", **told}]}


def _confirmation(call: Call) -> Any:
    return {"code": call.world.confirmation}


METHODS: dict[str, Callable[[Call], Any]] = {
    "wall.getComments": _get_comments,
    "wall.createComment": _create_comment,
    "wall.editComment": _edit_comment,
    "wall.deleteComment": _delete_comment,
    "wall.restoreComment": _restore_comment,
    "wall.get": _wall_get,
    "wall.getById": _wall_by_id,
    "wall.post": _wall_post,
    "wall.delete": _wall_delete,
    "groups.ban": _ban,
    "groups.unban": _unban,
    "groups.getBanned": _banned,
    "groups.getById": _group,
    "groups.getMembers": _members,
    "groups.getLongPollServer": _long_poll,
    "groups.getCallbackConfirmationCode": _confirmation,
    "users.get": _users,
    "board.getComments": _board_comments,
    "board.createComment": _board_create,
    "board.deleteComment": _board_delete,
    "messages.send": _send,
    "messages.getHistory": _history,
    "messages.edit": _edit_message,
    "photos.getWallUploadServer": _upload_server,
    "photos.getMessagesUploadServer": _upload_server,
    "photos.saveWallPhoto": _save_photo,
    "photos.saveMessagesPhoto": _save_photo,
}
_ALL, _USER, _READ = {"user", "group", "service"}, {"user"}, {"user", "service"}
TOKENS: dict[str, set[str]] = {
    **{method: {"user", "group"} for method in METHODS},
    **dict.fromkeys(("groups.getById", "users.get", "groups.getMembers"), _ALL),
    **dict.fromkeys(("wall.getComments", "wall.get", "wall.getById", "board.getComments"), _READ),
    **dict.fromkeys(
        (
            "wall.editComment", "wall.deleteComment", "wall.restoreComment", "wall.delete", "wall.post", "groups.ban",
            "groups.unban", "board.createComment", "photos.getWallUploadServer", "photos.saveWallPhoto",
        ),
        _USER,
    ),
}  # fmt: skip
"""Which kinds of keys may call a method (dev.vk.com; a test holds it against the schema)."""
