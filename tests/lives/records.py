"""What holds after every step, read from the tables by plain SQL: independent of the code that wrote them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.lives.pages import Page
from tests.lives.town import Town

STATES = {
    "message": ("id", "status", "", "status"),
    "comment": ("id", "state", "comment", "comment_state"),
    "blacklist_proposal": ("id", "state", "blacklist_proposal", "list_state"),
    "publication": ("id", "state", "publication", "publication_state"),
    "promise": ("id", "state", "promise", "promise_state"),
    "shortcoming": ("id", "state", "shortcoming", "shortcoming_state"),
    "answer_group": ("id", "state", "answer_group", "group_state"),
    "instruction": ("id", "state", "instruction", ""),
    "told_facts": ("id", "state", "told_facts", ""),
    "memo": ("id", "state", "memo", ""),
    "department_news": ("id", "state", "department_news", ""),
    "draft": ("id", "state", "draft", ""),
    "outbox_action": ("id", "state", "outbox_action", ""),
    "neighbour_question": ("id", "state", "neighbour_question", ""),
    "complaint": ("id", "coalesce(outcome, '')", "complaint", ""),
    "emergency": ("id", "coalesce(ended_at, begun_at, '')", "emergency", ""),
}
"""Table → its number in the log, its state, what the log calls it, under which name the log keeps the state (empty:
any row of the log about it, or about its message, explains the change).
"""
BY_MESSAGE = {
    "draft": "SELECT draft.id, message_id FROM draft JOIN reply ON reply.id = reply_id",
    **{
        table: f"SELECT id, message_id FROM {table}"
        for table in ("told_facts", "outbox_action", "instruction", "shortcoming", "promise")
    },
}
"""Things of a message: what the log says about the message may explain them."""
KEPT = (*STATES, "reply", "deadline", "closure", "urgent_report", "event", "publication_version", "placement")
"""Nothing of these is ever deleted, but the draft of a memo."""
APPROVING = "('approve_draft', 'correct_and_approve', 'correct_answer')"
AT_PRESS_CENTRE = ("new", "selected", "on_approval", "approved")
OPEN = "('new', 'selected', 'in_work', 'on_approval', 'rework', 'approved', 'awaiting_author', 'awaiting_final')"
NEVER = {
    "runs though the work on its message has ended": f"""
        SELECT 'deadline', d.id FROM deadline d JOIN message m ON m.id = d.message_id
        WHERE d.state = 'open' AND m.status NOT IN {OPEN}""",
    "is open and has no clock of an answer": f"""
        SELECT 'message', m.id FROM message m WHERE m.recalled_at IS NULL AND m.status IN {OPEN}
        AND m.status <> 'awaiting_author' AND NOT EXISTS (SELECT 1 FROM deadline d WHERE d.message_id = m.id
        AND d.state = 'open')""",
    "has an executor though its work has ended": """
        SELECT 'message', m.id FROM message m JOIN assignment a ON a.message_id = m.id AND a.ended_at IS NULL
        WHERE m.status IN ('new', 'selected')""",
    "is in a common answer without being prepared": """
        SELECT 'message', m.id FROM group_member g JOIN reply r ON r.id = g.reply_id
        JOIN message m ON m.id = g.message_id
        WHERE g.left_at IS NULL AND r.published_at IS NULL
        AND m.status NOT IN ('in_work', 'rework', 'on_approval', 'approved')""",
    "is in a common answer that is in another state": """
        SELECT 'message', m.id FROM group_member g JOIN reply r ON r.id = g.reply_id
        JOIN message m ON m.id = g.message_id
        JOIN answer_group a ON a.id = g.group_id WHERE g.left_at IS NULL AND r.published_at IS NULL
        AND a.state <> CASE m.status WHEN 'on_approval' THEN 'submitted' WHEN 'approved' THEN 'approved'
        ELSE 'draft' END""",
    "waits in a network though its message is closed": """
        SELECT 'outbox_action', o.id FROM outbox_action o JOIN message m ON m.id = o.message_id
        WHERE o.state = 'pending' AND o.kind = 'publish' AND o.sent_at IS NULL AND m.status <> 'approved'""",
    "waits though its message has ended": f"""
        SELECT 'neighbour_question', q.id FROM neighbour_question q JOIN message m ON m.id = q.message_id
        WHERE q.state IN ('waits', 'sent', 'opened') AND m.status NOT IN {OPEN}""",
}
"""What no row of a table may say after any step, in words."""
MISSED = """
    SELECT d.clause, coalesce(d.breached_at, d.due_at) AS at FROM deadline d JOIN message m ON m.id = d.message_id
    WHERE m.recalled_at IS NULL AND {counted}
    AND (d.breached_at IS NOT NULL OR (d.state = 'open' AND d.due_at < :now AND NOT d.blameless))"""
KEPT_TERMS = """
    SELECT d.clause, d.ended_at AS at FROM deadline d JOIN message m ON m.id = d.message_id
    WHERE m.recalled_at IS NULL AND {counted}
    AND d.breached_at IS NULL AND d.state = 'met' AND d.ended_at <= d.due_at"""
COUNTED = """NOT EXISTS (SELECT 1 FROM shortcoming s WHERE s.deadline_id = d.id AND s.state = 'waived')
    AND NOT EXISTS (SELECT 1 FROM deadline o WHERE o.message_id = d.message_id AND o.kind = d.kind
        AND o.clause = d.clause AND o.started_at = d.started_at AND o.assignment_id IS d.assignment_id
        AND o.id < d.id AND o.state = 'replaced' AND o.breached_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM shortcoming s WHERE s.deadline_id = o.id AND s.state = 'waived'))"""
"""docs/figures.md, §3."""


@dataclass
class Moment:
    """The states of everything, and the last row of the log."""

    states: dict[str, dict[int, str]]
    ids: dict[str, set[int]]
    last: int


class Records:
    def __init__(self, town: Town) -> None:
        self.town = town
        self.connection = sqlite3.connect(f"file:{town.database}?mode=ro", uri=True, timeout=30)
        self.connection.row_factory = sqlite3.Row

    def ask(self, statement: str, **values: Any) -> list[sqlite3.Row]:
        return self.connection.execute(statement, values).fetchall()

    def ids(self, table: str) -> list[int]:
        return [row[0] for row in self.ask(f"SELECT id FROM {table} ORDER BY id")]

    def now(self) -> Moment:
        states = {
            table: dict(map(tuple, self.ask(f"SELECT {number}, {column} FROM {table}")))
            for table, (number, column, _, _) in STATES.items()
        }
        ids = {table: set(states.get(table) or self.ids(table)) for table in KEPT}
        return Moment(states, ids, max(ids["event"], default=0))

    def since(self, before: Moment, step: str) -> list[str]:
        """What is wrong after a step."""
        after = self.now()
        return [
            *self._lost(before, after),
            *self._unexplained(before, after, step),
            *self._approved(before),
            *self._sent(),
            *(f"{table} {one} {words}" for words, statement in NEVER.items() for table, one in self.ask(statement)),
        ]

    @staticmethod
    def _lost(before: Moment, after: Moment) -> Iterator[str]:
        for table in KEPT:
            gone = before.ids[table] - after.ids[table]
            if table == "memo":
                gone = {one for one in gone if before.states[table][one] != "draft"}
            if gone:
                yield f"rows of {table} are lost: {sorted(gone)}"

    def _unexplained(self, before: Moment, after: Moment, step: str) -> Iterator[str]:
        """Each state has a row of the log that explains it."""
        events = [
            (row["object_kind"], row["object_id"], row["message_id"], json.loads(row["changes"]))
            for row in self.ask("SELECT * FROM event WHERE id > :last", last=before.last)
        ]
        for table, (_, _, kind, key) in STATES.items():
            known = before.states[table]
            changed = {one: state for one, state in after.states[table].items() if known.get(one) != state}
            of = dict(map(tuple, self.ask(BY_MESSAGE[table]))) if changed and table in BY_MESSAGE else {}
            for one, state in changed.items():
                by_message = of.get(one) if not key or one not in known else None
                of_it = [
                    changes
                    for what, number, message, changes in events
                    if (what == kind and number == one if kind else message == one)
                    or (by_message and message == by_message)
                ]
                said = [changes[key][1] for changes in of_it if isinstance(changes.get(key), list)]
                if table == "message" or (key and one in known):
                    if state not in said:
                        yield f"{table} {one} is {state} after {step}, the log says {said or of_it}"
                elif not of_it and table not in ("comment", "outbox_action"):
                    yield f"{table} {one} is {state} after {step}, the log says nothing"

    def _approved(self, before: Moment) -> Iterator[str]:
        """What was approved in this step is what the check lets through, or the reason is there (П.15, П.16)."""
        approved = self.ask(
            "SELECT d.id, d.text, m.network, r.kind, m.is_repeat, x.id AS reason,"
            " (SELECT count(*) FROM attachment a WHERE a.reply_id = r.id) AS files"
            f" FROM event e JOIN draft d ON d.id = e.object_id AND e.object_kind = 'draft' AND e.action IN {APPROVING}"
            " JOIN reply r ON r.id = d.reply_id JOIN message m ON m.id = r.message_id"
            " LEFT JOIN criteria_exception x ON x.draft_id = d.id WHERE e.id > :last",
            last=before.last,
        )
        for row in approved:
            words = ["--network", row["network"], "--kind", row["kind"], "--attachments", str(row["files"]), "--json"]
            done = self.town.command("check-answer", *words, *["--repeat"] * row["is_repeat"], given=row["text"])
            unmet = [one["key"] for one in json.loads(done.output)["criteria"] if one["met"] is False]
            if unmet and row["reason"] is None:
                yield f"draft {row['id']} is approved without {unmet} and without a reason"

    def _sent(self) -> Iterator[str]:
        """Everything of ours in the network was approved in exactly these words."""
        world = self.town.vk.world
        answers = {row[0] for row in self.ask(
            f"SELECT d.text FROM draft d JOIN event e ON e.object_kind = 'draft' AND e.object_id = d.id"
            f" AND e.action IN {APPROVING}"
        )}  # fmt: skip
        for one in world.comments.values():
            if one["from_id"] == world.owner and one["text"] not in answers:
                yield f"an answer is in the network that nobody has approved: {one['text']!r}"
        posts: set[str] = set()
        for row in self.ask("SELECT text, page_texts FROM publication_version WHERE decision = 'approved'"):
            posts |= {row["text"], *json.loads(row["page_texts"]).values()}
        for number, post in world.posts.items():
            is_ours = post["from_id"] == world.owner and post["post_type"] == "post"
            if is_ours and number > 300 and post["text"] not in posts:
                yield f"a publication is in the network that nobody has approved: {post['text']!r}"
        for row in self.ask(
            "SELECT a.id, a.draft_id, d.state, a.placed FROM outbox_action a JOIN draft d ON d.id = a.draft_id"
            " JOIN reply r ON r.id = d.reply_id WHERE a.kind = 'publish' AND a.state = 'pending'"
            " AND (r.approved_draft_id IS NULL OR r.approved_draft_id <> a.draft_id)"
        ):
            yield f"order {row['id']} is to send version {row['draft_id']}, which is {row['state']}"

    def at_work(self, table: str, number: int | None) -> list[str]:
        """The person who prepares the answer to this message."""
        if table != "message":
            return []
        return [row[0] for row in self.ask(
            "SELECT login FROM assignment JOIN user_account u ON u.id = executor_id"
            " WHERE message_id = :number AND ended_at IS NULL ORDER BY login", number=number,
        )]  # fmt: skip

    # --- What waits

    def missing(self, login: str, page: Page, open_: Callable[[str], Page]) -> list[str]:
        """What waits for this person according to the tables and is missing on his page."""
        wanted = {f"/{row[0]}/{row[1]}": row[2] for row in self._waiting(login)}
        there = " ".join(page.links)
        missing = {one: why for one, why in wanted.items() if not _is_in(one, there)}
        if missing:
            more = [link for link in dict.fromkeys(page.links) if "kind=" in link or link == "/reports/shortcomings"]
            there += " ".join(" ".join(open_(link).links) for link in more)
        return [
            f"{login}: {one} waits ({why}) and is not in «Ждёт меня»"
            for one, why in missing.items()
            if not _is_in(one, there)
        ]

    def _waiting(self, login: str) -> list[sqlite3.Row]:
        return self.ask(
            "WITH me AS (SELECT u.id, EXISTS (SELECT 1 FROM user_role r WHERE r.user_id = u.id AND r.role = 'curator')"
            "   AS curates FROM user_account u WHERE u.login = :login AND u.is_active"
            "   AND NOT u.must_change_password),"
            " alone AS (SELECT m.id, m.status FROM message m WHERE m.recalled_at IS NULL AND NOT EXISTS"
            "   (SELECT 1 FROM group_member g WHERE g.message_id = m.id AND g.left_at IS NULL))"
            " SELECT 'messages', alone.id, alone.status FROM alone, me WHERE me.curates AND alone.status IN"
            "   ('new', 'selected', 'on_approval', 'approved')"
            " UNION ALL SELECT 'messages', alone.id, alone.status FROM alone JOIN assignment a"
            "   ON a.message_id = alone.id AND a.ended_at IS NULL, me WHERE a.executor_id = me.id AND"
            "   (alone.status IN ('in_work', 'rework', 'awaiting_final') AND a.part_state IS NULL"
            "   OR alone.status = 'in_work' AND a.part_state IN ('asked', 'returned'))"
            " UNION ALL SELECT 'instructions', i.id, i.state FROM instruction i, me"
            "   WHERE i.to_id = me.id AND i.state = 'open'"
            " UNION ALL SELECT 'reports/shortcomings', s.id, s.state FROM shortcoming s"
            "   JOIN message m ON m.id = s.message_id, me WHERE m.recalled_at IS NULL"
            "   AND s.person_id = me.id AND s.for_id IS NULL AND s.root_id IS NULL AND s.state = 'asked'",
            login=login,
        )

    # --- At the end

    def at_the_end(self, first: date, last: date) -> list[str]:
        """A term is in exactly one day of the figures, and the log is whole."""
        done = self.town.command("audit-verify")
        faults = [] if done.exit_code == 0 else [done.output]
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        whole, parts = self._figures(first, last), [self._figures(day, day) for day in days]
        for clause, (kept, all_) in whole["in_time"].items():
            summed = [sum(part["in_time"][clause][n] for part in parts) for n in (0, 1)]
            counted = self._counted(clause, first, last)
            if not [kept, all_] == summed == counted:
                faults.append(f"{clause} {first}–{last}: {kept} of {all_}; its days {summed}; its rows {counted}")
        return faults

    def _figures(self, first: date, last: date) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            self.town.command("figures", "--from", f"{first}", "--to", f"{last}", "--json").output
        )
        return found

    def _counted(self, clause: str, first: date, last: date) -> list[int]:
        """Kept, and all, by the definitions: each row once, on the local day of its instant."""
        begin, end = (datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=10) for day in (first, last))
        span = {"begin": f"{begin:%Y-%m-%d %H:%M:%S.%f}", "end": f"{end + timedelta(days=1):%Y-%m-%d %H:%M:%S.%f}"}
        now = f"{self.town.clock.now():%Y-%m-%d %H:%M:%S.%f}"
        kept, missed = (
            self.ask(
                f"SELECT count(*) FROM ({statement.format(counted=COUNTED)}) WHERE clause = :clause"
                " AND at >= :begin AND at < :end",
                clause=clause, now=now, **span,
            )[0][0]
            for statement in (KEPT_TERMS, MISSED)
        )  # fmt: skip
        return [kept, kept + missed]


def _is_in(address: str, links: str) -> bool:
    return any(f"{address}{end}" in f"{links} " for end in (" ", "/", "?"))
