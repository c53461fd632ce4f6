"""`osm message NUMBER`: everything known of one message, for people or as JSON; `osm dossier-check`: its file."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from osm.base.application import local_zone
from osm.base.database import db
from osm.base.errors import ServiceError
from osm.check.acts.verdicts import digest
from osm.check.queries import verdict_on
from osm.cli import GivenFile
from osm.dossier.acts import faults_of, made_file
from osm.imports.queries.editions import editions_of, texts_of
from osm.log.queries import objects, words
from osm.messages.queries.card import history_of, read_card
from osm.messages.queries.parts import Card, CardClock, CardReply, Link, PartVersion, Version, Worker, links_of
from osm.models import LinkState, Message

Iso = Callable[[datetime | None], str | None]


@click.command("message", help="Показать сообщение по его номеру: статус, сроки, ответы, журнал.")
@click.argument("number")
@click.option("--json", "as_json", is_flag=True, help="Напечатать JSON.")
@with_appcontext
def message(number: str, as_json: bool) -> None:
    message_id = db.session.scalar(select(Message.id).where(Message.number == number.strip().removeprefix("№").strip()))
    card = read_card(message_id) if message_id is not None else None
    if card is None:
        raise ServiceError(f"Нет сообщения с номером «{number}». Проверьте номер, каким он стоит на карточке.")
    zone: ZoneInfo = local_zone()
    if as_json:
        click.echo(json.dumps(as_data(card, zone), ensure_ascii=False, indent=2))
    else:
        click.echo(in_words(card, zone))


def as_data(card: Card, zone: ZoneInfo) -> dict[str, Any]:
    """The message as JSON knows it; instants in ISO with the offset of the office. The shape stays stable."""

    def iso(instant: datetime | None) -> str | None:
        return instant.astimezone(zone).isoformat() if instant else None

    return {
        "number": card.number, "status": card.status, "version": card.version, "importance": card.importance,
        "origin": card.origin, "network": card.network, "url": card.url, "text": card.text,
        "editions": [{**one, "at": iso(one["at"])} for one in _texts(card)], "received_at": iso(card.received_at),
        "detected_at": iso(card.detected_at), "selected_at": iso(card.selected_at), "closed_at": iso(card.closed_at),
        "is_repeat": card.is_repeat, "source_status": card.source_status,
        "executors": [_worker(worker, iso) for worker in card.active],
        "deadlines": [_deadline(clock, worker, iso) for clock, worker in card.every_clock],
        "parts": [_part(worker, part, iso) for worker in card.with_parts for part in reversed(worker.parts)],
        "verdict": _verdict(card), "replies": [_reply(reply, iso) for reply in card.replies],
        "links": [_link(link) for link in links_of(card.id, [LinkState.CONFIRMED, LinkState.PROPOSED])],
        "events": [_event(entry, iso) for entry in card.log],
    }  # fmt: skip


def _texts(card: Card) -> list[dict[str, Any]]:
    """The texts that the source has given it, oldest first; the last is the present one."""
    return texts_of(card.text, card.stored_at, editions_of(card.id))


def _worker(worker: Worker, iso: Iso) -> dict[str, Any]:
    return {
        "name": worker.person.name, "department": worker.department, "task": worker.task,
        "assigned_at": iso(worker.assigned_at), "opened_at": iso(worker.opened_at), "order": worker.order_no,
        "part_state": worker.part_state,
    }  # fmt: skip


def _part(worker: Worker, part: PartVersion, iso: Iso) -> dict[str, Any]:
    """One version of what one of several executors sent (П.14)."""
    return {
        "executor": worker.person.name, "order": worker.order_no, "number": part.number, "text": part.text,
        "author": part.author, "submitted_by": part.submitted_by, "submitted_at": iso(part.submitted_at),
        "remarks": part.remarks, "returned_at": iso(part.returned_at),
    }  # fmt: skip


def _deadline(clock: CardClock, worker: Worker | None, iso: Iso) -> dict[str, Any]:
    """`executor`, `order`: of the part (П.14); null for a clock of the message."""
    return {
        "kind": clock.kind, "executor": worker.person.name if worker else None,
        "order": worker.order_no if worker else None, "clause": clock.clause, "state": clock.state,
        "started_at": iso(clock.started_at), "due_at": iso(clock.due_at), "ended_at": iso(clock.ended_at),
        "breached_at": iso(clock.breached_at), "blameless": clock.blameless, "explanation": clock.explanation,
    }  # fmt: skip


def _reply(reply: CardReply, iso: Iso) -> dict[str, Any]:
    return {
        "kind": reply.kind, "published_at": iso(reply.published_at), "published_url": reply.published_url,
        "published_by": reply.published_by, "drafts": [_draft(version, iso) for version in reversed(reply.versions)],
    }  # fmt: skip


def _draft(version: Version, iso: Iso) -> dict[str, Any]:
    return {
        "number": version.number, "state": version.state, "text": version.text, "author": version.author,
        "submitted_by": version.submitted_by, "submitted_at": iso(version.submitted_at),
        "is_correction": version.is_correction, "remarks": version.remarks, "decided_at": iso(version.decided_at),
        "decided_by": version.decided_by,
    }  # fmt: skip


def _event(entry: words.LogEntry, iso: Iso) -> dict[str, Any]:
    return {
        "at": iso(entry.at), "actor": entry.actor or None, "action": entry.action, "clause": entry.clause,
        "changes": entry.changes, "note": entry.note,
    }  # fmt: skip


def _verdict(card: Card) -> dict[str, Any] | None:
    """As `python -m moderation classify` prints it; None where the text has not been checked yet."""
    checked = verdict_on(card.verdict, card.text, digest(card.text))
    if checked is None:
        return None
    return {
        "verdict": checked.decision,
        "categories": [ground.value for ground in checked.grounds],
        "findings": [asdict(found) for found in checked.findings],
        "reply": checked.reply,
    }


def _link(link: Link) -> dict[str, Any]:
    pair = link.pair
    return {"number": link.other.number, "kind": pair.kind, "state": pair.state, "earlier": link.other_is_earlier}


def in_words(card: Card, zone: ZoneInfo) -> str:
    """The same for people, in about a screenful."""

    def told(instant: datetime | None) -> str:
        return f"{instant.astimezone(zone):%d.%m.%Y %H:%M}" if instant else "неизвестно"

    lines = [
        f"№ {card.number}: {card.status.label}. Версия {card.version}.",
        f"Важность: {card.importance.label.lower()}.",
        f"Поступило {told(card.received_at)}. {card.url}".rstrip(),
        *(f"Исполнитель: {worker.named}{_part_words(worker)}" for worker in card.active),
        "",
        "Сроки:" if card.clocks else "Сроки не идут.",
        *(
            f"  {clock.sign} {clock.label}{f', {worker.named}' if worker else ''} ({clock.clause}): "
            f"до {told(clock.due_at)}{', срок нарушен' if clock.breached_at else ''}"
            for clock, worker in card.every_clock
        ),
    ]
    for reply in card.published:
        kind = reply.kind.label
        lines += ["", f"{kind}, опубликован {told(reply.published_at)}: {reply.published_url}"]
    lines += ["", "История:"]
    for line in history_of(card, objects.in_full(zone)):
        note = f". {line.note}" if line.note else ""
        lines.append(f"  {told(line.at)} {line.actor}: {line.words}{note}")
    return "\n".join(lines)


def _part_words(worker: Worker) -> str:
    if worker.part_state is None:
        return ""
    return f", очередь {worker.order_no}: {worker.part_state.label}"


# --- `osm dossier-check`: is this file as the program made it, and the log as it was then?
@click.command("dossier-check", help="Проверить дело сообщения FILE: тот ли это файл, не изменён ли с тех пор журнал.")
@click.argument("file", type=GivenFile())
@with_appcontext
@click.pass_context
def dossier_check(ctx: click.Context, file: Path) -> None:
    made = made_file(hashlib.sha256(file.read_bytes()).hexdigest())
    if made is None:
        raise ServiceError("Такого файла программа не выдавала: он изменён или собран не здесь.")
    message = db.session.get(Message, made.event.message_id)
    at = made.event.at.astimezone(local_zone())
    click.echo(f"Дело сообщения № {message.number if message else '?'}: собрано {at:%d.%m.%Y %H:%M}, {made.person}.")
    faults = list(faults_of(made))
    for fault in faults:
        click.echo(f"НЕ СХОДИТСЯ: {fault}.", err=True)
    if not faults:
        click.echo("Файл не изменён, записи журнала о сообщении те же. Весь журнал проверяет osm audit-verify.")
    ctx.exit(1 if faults else 0)
