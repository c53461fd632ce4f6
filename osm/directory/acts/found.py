"""What a directory says about a person, and why it says nothing."""

from dataclasses import dataclass

from osm.base.errors import ServiceError
from osm.models import Source
from osm.regulation.words import Role


@dataclass(frozen=True, slots=True)
class Found:
    """A person of a directory. Empty texts: it does not say."""

    source: Source
    external_id: str
    login: str
    name: str
    email: str
    department: str
    roles: tuple[Role, ...]  # of his groups, by the table in the settings; none: he may not log in
    is_disabled: bool = False

    @property
    def may_enter(self) -> bool:
        return bool(self.roles) and not self.is_disabled


class DirectoryAway(ServiceError):
    """The directory or the provider gave no answer that can be believed. `why`: in Russian, for the administrator."""

    what = "Каталог пользователей"

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(
            f"{self.what} сейчас не отвечает ({why}), поэтому войти через него нельзя. Подождите несколько минут и "
            "попробуйте снова. Местные учётные записи работают."
        )


class ProviderAway(DirectoryAway):
    what = "Единый вход"
