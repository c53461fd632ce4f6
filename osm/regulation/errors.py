"""What the regulation refuses, by name. `str(error)` is one Russian sentence or two for the person concerned."""

from collections.abc import Callable, Collection
from datetime import datetime
from enum import Enum
from typing import ParamSpec, Self, TypeVar

from osm.regulation.words import Action, Role, Status

Given = TypeVar("Given")
Code = TypeVar("Code", bound=Enum)
Args = ParamSpec("Args")


class RegulationError(Exception):
    """Base of everything the regulation refuses; nothing has been changed when it is raised."""


class TransitionNotAllowed(RegulationError):
    """The table of transitions has no such step. `allowed`: the roles that may take the step from this status (empty:
    the status is wrong). `reason`: the unfulfilled condition in words, where one of the roles could otherwise take
    it."""

    def __init__(
        self, status: Status, action: Action, roles: Collection[Role], *, allowed: Collection[Role] = (),
        reason: str = "",
    ) -> None:  # fmt: skip
        self.status, self.action, self.roles = status, action, frozenset(roles)
        self.allowed, self.reason = frozenset(allowed), reason
        label = action.label
        if reason:
            text = f"Действие «{label}» сейчас невозможно: {reason}. Ничего не изменено."
        elif allowed:
            people = ", ".join(role.label.lower() for role in Role if role in self.allowed)
            text = f"Для действия «{label}» нужна другая роль: {people}. Ничего не изменено."
        else:
            text = (
                f"Действие «{label}» невозможно: сообщение сейчас в статусе «{status.label}». "
                "Ничего не изменено, обновите страницу."
            )
        super().__init__(text)


class StaleVersion(RegulationError):
    """The row was changed after the person had seen it; versions are counters of the row."""

    def __init__(self, seen: int, current: int) -> None:
        self.seen, self.current = seen, current
        super().__init__(
            f"Пока страница была открыта, запись изменили (вы видели версию {seen}, сейчас {current}). "
            "Поверх ничего не записано, введённый текст сохранён: посмотрите, что изменилось, и повторите."
        )

    @classmethod
    def unless_seen(cls, seen: int, current: int) -> None:
        """Raise it where the person saw another version."""
        if seen != current:
            raise cls(seen, current)


class MissingInput(RegulationError):
    """A transition lacks what it needs, or what was given cannot be used. `field` is the name of the form field."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.others: list[MissingInput] = []  # what was refused together with it
        super().__init__(message)

    @property
    def errors(self) -> dict[str, str]:
        """Field → why; of each field the first."""
        found: dict[str, str] = {}
        for one in (self, *self.others):
            found.setdefault(one.field, one.args[0])
        return found

    def __str__(self) -> str:
        return " ".join(self.errors.values())


class EveryField:
    """Refuse all wrong fields together: `with EveryField() as check: name = check(one_line, "name", …)`. Use the
    results after the block only."""

    def __enter__(self) -> Self:
        self._refused: list[MissingInput] = []
        return self

    def __call__(self, check: Callable[Args, Given], *args: Args.args, **named: Args.kwargs) -> Given:
        try:
            return check(*args, **named)
        except MissingInput as error:
            self._refused += [error, *error.others]
            return None  # type: ignore[return-value]  # nobody sees it: the block ends with the error

    def __exit__(self, failed: object, *_: object) -> None:
        if self._refused and not failed:
            first, *first.others = self._refused
            raise first


def refuse(field: str, when: object, words: str) -> None:
    """Raise MissingInput for the field if `when` holds."""
    if when:
        raise MissingInput(field, words)


def need(field: str, value: Given | None, words: str) -> Given:
    """The value; raises MissingInput where it is None."""
    if value is None:
        raise MissingInput(field, words)
    return value


def one_of(field: str, code: object, codes: type[Code], words: str) -> Code:
    """The member with this code; raises MissingInput where there is none."""
    try:
        return codes(code)
    except ValueError:
        raise MissingInput(field, words) from None


class CalendarOutOfRange(RegulationError):
    """The term would need days outside the known calendar. Callers store an unknown term; a guess is never made."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant
        super().__init__(
            f"Срок неизвестен: для {instant:%d.%m.%Y} нет производственного календаря. "
            "Внесите календарь этого года, и срок будет посчитан."
        )


class WrongParameters(RegulationError):
    """A file of terms or of the calendar says something impossible. `key` is the place in the file."""

    def __init__(self, key: str, message: str) -> None:
        self.key = key
        super().__init__(f"Ошибка в файле настроек, ключ «{key}»: {message}.")


class WrongMove(RegulationError):
    """A decree cannot move a day off like this. `place` is that of the pair in the list, from 0."""

    def __init__(self, place: int, message: str) -> None:
        self.place = place
        super().__init__(f"Так перенести нельзя: {message}. Сверьте с постановлением.")
