"""A page in the browser where you write as a citizen of the emulated VK and see what the office answers."""

from __future__ import annotations

from html import escape

from tests.emulators.serving import Answer, Asked
from tests.emulators.vk import Vk

_PAGE = """<!doctype html><html lang="ru"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5"><title>Соцсеть для пробы</title>
<style>body{{font:16px/1.5 sans-serif;max-width:42rem;margin:1rem auto;padding:0 1rem}}
.own{{border-left:3px solid #1d5fa8;padding-left:.75rem}} form{{margin:1rem 0}} li{{margin:.5rem 0}}</style>
<h1>Соцсеть для пробы</h1>
<ol><li>Напишите здесь как житель.</li><li>Откройте <a href="{product}/moderation">очередь комментариев</a>
(логин vera, пароль demo-vera): комментарий там через секунды. Удалите его или возьмите в работу.</li>
<li>Ответьте, согласуйте и нажмите «Опубликовать» (anna, demo-anna): через минуту ответ появится здесь.</li></ol>
<h2>{post}</h2>
<form method="post" action="/write"><input name="text" size="50" required autofocus autocomplete="off">
<button>Написать</button></form><ul>{comments}</ul><p>Заблокированы: {banned}</p></html>"""
CITIZEN = 100500


def site(vk: Vk, post: int, product: str, asked: Asked) -> Answer:
    """Answers "/" and "/write"; every five seconds the page asks again."""
    world = vk.world
    if asked.path == "/write" and asked.verb == "POST":
        if CITIZEN not in world.bans:
            world.write(post, CITIZEN, asked.form.get("text", ""))
        return Answer('<!doctype html><meta http-equiv="refresh" content="0; url=/">')
    names = {number: " ".join(name) for number, name in world.people.items()}
    rows = "".join(
        f'<li class="{"own" if one["from_id"] == world.owner else ""}"><strong>'
        f"{escape(names.get(one['from_id'], 'Администрация'))}</strong>: {escape(one['text'])}</li>"
        for one in sorted(world.comments.values(), key=lambda one: (one["parents_stack"] or [one["id"]], one["id"]))
    )
    banned = ", ".join(names.get(number, str(number)) for number in world.bans) or "никто"
    text = escape(world.posts[post]["text"])
    return Answer(_PAGE.format(product=product, post=text, comments=rows, banned=escape(banned)))
