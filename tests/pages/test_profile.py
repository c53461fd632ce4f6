"""How an official page looks (Пр.2.4): noted by a person with a picture, or read from its network and accepted."""

from __future__ import annotations

import io
from contextlib import contextmanager
from dataclasses import replace

import pytest

from osm.base.database import db
from osm.keeping.acts.backup import missing_files
from osm.pages.acts.connecting import connect_page
from osm.regulation.own_pages import ProfileItem, Seen, ToldProfile, judged, lacking
from tests.emulators.instagram import PAGE as INSTAGRAM_PAGE
from tests.emulators.instagram import instagram_network
from tests.emulators.ok import KEYS as OK_KEYS
from tests.emulators.ok import ok_network
from tests.emulators.vk import KEYS, vk_network
from tests.pictures import picture

YES, NO, UNKNOWN = Seen.YES, Seen.NO, Seen.UNKNOWN
ENTRY = {
    "title": "Администрация", "body": "Администрация округа", "state": "active", "unit": "Центр", "phone": "8 000",
    "act": "Решение",
}  # fmt: skip
WHOLE = ToldProfile(
    title="Приозёрный округ",
    description="Официальная страница. Сайт: https://priozerny.example",
    avatar=True,
    cover=True,
    verified=False,
    links=("https://ok.ru/priozerny",),
    widgets=True,
)


@pytest.mark.parametrize(
    ("told", "site", "pages", "item", "seen"),
    [
        (WHOLE, "priozerny.example", ["ok.ru/priozerny"], ProfileItem.SITE_LINK, YES),
        (WHOLE, "other.example", ["ok.ru/priozerny"], ProfileItem.SITE_LINK, NO),
        (WHOLE, "", ["ok.ru/priozerny"], ProfileItem.SITE_LINK, UNKNOWN),
        (WHOLE, "", ["ok.ru/priozerny"], ProfileItem.PAGE_LINKS, YES),
        (WHOLE, "", ["t.me/priozerny"], ProfileItem.PAGE_LINKS, NO),
        (WHOLE, "", [], ProfileItem.PAGE_LINKS, UNKNOWN),
        (WHOLE, "", [], ProfileItem.MARK, YES),
        (ToldProfile(title="Наш городок", verified=True), "", [], ProfileItem.MARK, YES),
        (ToldProfile(title="Наш городок"), "", [], ProfileItem.MARK, NO),
        (ToldProfile(title="Наш городок"), "", [], ProfileItem.COVER, UNKNOWN),
        (ToldProfile(cover=False), "", [], ProfileItem.COVER, NO),
        (ToldProfile(), "", [], ProfileItem.DESCRIPTION, NO),
    ],
)
def test_what_is_there_by_what_the_network_says(told, site, pages, item, seen):
    assert judged(told, site, pages)[item] is seen


def test_what_is_only_recommended_lacks_nothing():
    assert lacking({ProfileItem.WIDGETS: NO, ProfileItem.COVER: NO, ProfileItem.AVATAR: UNKNOWN}) == (
        ProfileItem.COVER,
    )


@contextmanager
def vk():
    with vk_network(limits=False) as network:
        network.world.profile = {
            "description": "Официальная страница", "screen_name": "priozerny_new", "has_photo": 1, "verified": 0,
            "cover": {"enabled": 0}, "links": [{"url": "https://t.me/priozerny"}], "site": "https://priozerny.example",
        }  # fmt: skip
        yield network, str(network.world.group), KEYS, {"avatar": True, "cover": False}


@contextmanager
def ok():
    with ok_network(limits=False) as network:
        network.world.profile = {"description": "Официальная группа", "photo_id": "5", "shortname": "priozerny_new"}
        network.world.profile["homepage_url"] = "https://priozerny.example"
        yield network, network.world.group, OK_KEYS, {"avatar": True, "cover": None}


@contextmanager
def instagram():
    with instagram_network() as network:
        network.profile = {"biography": "Официальная страница", "website": "https://priozerny.example"}
        yield network, INSTAGRAM_PAGE, {"access_token": "access-key"}, {"avatar": False, "cover": None}


NETWORKS = {
    "vk": (vk, "https://vk.com/club{}"),
    "ok": (ok, "https://ok.ru/group/{}"),
    "instagram": (instagram, "https://www.instagram.com/gorod_official/"),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_each_network_is_asked_and_the_rest_stays_as_people_saw(app, anna, cast, now, name):
    made, address = NETWORKS[name]
    with made() as (network, page_id, keys, tells):
        kept = app.extensions["osm"].settings
        app.extensions["osm"].settings = replace(kept, network_urls={name: network.base})
        try:
            with app.app_context():
                account = connect_page(name, page_id, keys, has_read=True, actor=None, now=now).account_id
            anna.submit("/accounts", ENTRY | {"url": address.format(page_id)})
            here = f"/accounts/{account}"
            seen_by_anna = {"cover": "yes", "avatar": "unknown", "widgets": "no", "note": "Обложка старая"}
            assert anna.submit(f"{here}/profile", seen_by_anna).location == here
            assert anna.submit(f"{here}/profile/ask", {}).location == here
            shown = anna.get(here).text
        finally:
            app.extensions["osm"].settings = kept
    cover = "нет" if tells["cover"] is False else "есть"
    for words in (f"Обложка: {cover}", f"Аватар: {'есть' if tells['avatar'] else 'нет'}", "по ответу соцсети",
                  "Обложка старая", "пояснение и то, чего она не говорит: Анна Ларина"):  # fmt: skip
        assert words in shown, words
    assert "Указание, что страница официальная: есть" in shown
    assert "Виджеты, приложения, динамическая обложка: нет" in shown
    assert "Прежние проверки: 1" in shown
    if name != "instagram":
        assert "В соцсети страница называется иначе" in shown
        anna.submit(f"{here}/profile/take", {"version": 1})
        assert "priozerny_new" in anna.get("/public/accounts").text
        assert anna.submit(f"{here}/profile/take", {"version": 1}).status_code == 409


def test_a_look_is_noted_with_a_picture_that_only_the_office_sees(app, anna, vera, boris, efim, now):
    page = anna.submit("/accounts", ENTRY | {"url": "https://t.me/priozerny"}).location
    nothing = anna.submit(f"{page}/profile", {"note": ""})
    assert nothing.status_code == 422
    assert "Отметьте хотя бы одно" in nothing.text
    wrong = anna.submit(f"{page}/profile", {"cover": "yes", "note": "x", "files": (io.BytesIO(b"no picture"), "x.jpg")})
    assert wrong.status_code == 422
    assert 'value="yes" checked' in wrong.text
    given = dict.fromkeys(ProfileItem.labels(), "yes") | {"site_link": "no", "note": "Добавить сайт"}
    anna.submit(f"{page}/profile", given | {"files": (io.BytesIO(picture("JPEG")), "вид.jpg")})
    shown = vera.get(page).text
    for words in ("Ссылка на официальный сайт: нет", "Обложка: есть", "Добавить сайт", "Анна Ларина"):
        assert words in shown, words
    assert vera.get("/accounts/profile-photos/1").status_code == 200
    assert vera.get("/accounts/profile-photos/1/small").mimetype == "image/jpeg"
    assert efim.get("/accounts/profile-photos/1").status_code == 403
    assert vera.get("/accounts/profile-photos/2").status_code == 404
    assert "не подключена" in anna.submit(f"{page}/profile/ask", {}).text
    with app.app_context():
        assert missing_files(db.session.connection(), []) == 1, "a backup without the picture is not whole"
    assert "profile" not in app.test_client().get("/public/accounts.json").text
