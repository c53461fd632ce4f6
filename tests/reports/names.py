"""The words of `/reports` and its file for each figure: section and name → code."""

from __future__ import annotations

from osm.regulation.blacklist import CommentGround
from osm.regulation.words import Ground

from .plain.counting import REMARKS

CAME, AGREED, REMARKED = "Поступило и отвечено", "Согласование", "За что возвращали"
EXCLUDED, COMMENTS, PROMISES = "Не подлежат ответу (п. 17)", "Комментарии (п. 2.6 Порядка)", "Обещания"
TERMS, STAGES_OF, OPEN = "Сроки по пунктам", "Рабочее время этапов", "Открыты сейчас, по дню поступления"

CLAUSES = {
    7: "направлены исполнителю",
    8: "ответ опубликован, обычная важность",
    9: "ответ опубликован, повышенная важность",
    10: "проект отправлен на согласование",
    11: "проект согласован или возвращён",
    12: "проект или информация доработаны",
    13: "окончательный ответ после промежуточного",
    14: "информация отдела отправлена",
}
CODES = {
    (CAME, "Поступило"): "received",
    (CAME, "Из них повторные"): "repeats",
    (CAME, "Отвечено"): "answered",
    (CAME, "Промежуточный ответ"): "interim",
    (CAME, "Запрос автору"): "clarification",
    (AGREED, "Согласовано"): "approved",
    (AGREED, "Согласовано с первого раза"): "first-sight",
    (AGREED, "Возвращено на доработку"): "returned",
    (REMARKED, "Другое"): "returned-0",
    **{(REMARKED, remark): f"returned-{number}" for number, remark in enumerate(REMARKS, 1)},
    (EXCLUDED, "Исключено"): "excluded",
    **{(EXCLUDED, label): f"excluded-{ground}" for ground, label in Ground.labels().items()},
    (COMMENTS, "Удалено комментариев"): "deleted",
    **{(COMMENTS, label): f"deleted-{ground}" for ground, label in CommentGround.labels().items()},
    (COMMENTS, "Заблокировано авторов"): "banned",
    (PROMISES, "Обещаний с датой в эти дни"): "promised",
    (PROMISES, "Обещания выполнены в срок"): "promised-kept",
    (PROMISES, "Обещания не выполнены в срок"): "promised-late",
    (PROMISES, "Обещания ждут проверки"): "promised-reported",
    (PROMISES, "Обещания ещё впереди"): "promised-open",
    **{(TERMS, f"{name}: в срок"): f"kept-{number}" for number, name in CLAUSES.items()},
    **{(TERMS, f"{name}: срок нарушен"): f"late-{number}" for number, name in CLAUSES.items()},
}
STAGES = {
    "Направление": "route",
    "Подготовка проекта": "draft",
    "Информация отдела": "part",
    "Согласование": "approve",
    "Доработка": "rework",
    "Публикация": "publish",
    "Весь ответ": "answer",
    "Окончательный ответ": "final",
}
NETWORKS = {"vk": "ВКонтакте", "ok": "Одноклассники"}
SHEETS = {
    "by-department": "По отделам",
    "by-executor": "По исполнителям",
    "by-topic": "По темам",
    "by-network": "По соцсетям",
    "by-place": "По улицам",
}
