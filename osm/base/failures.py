"""Why the system refused something with a file or an address, in Russian: its own words are English."""

import errno

REASONS: dict[int, str] = {
    errno.EACCES: "нет прав доступа",
    errno.EPERM: "нет прав доступа",
    errno.ENOENT: "нет такого каталога или файла",
    errno.ENOTDIR: "часть пути — файл, а не каталог",
    errno.EISDIR: "это каталог, а нужен файл",
    errno.EEXIST: "на этом месте уже есть файл",
    errno.EROFS: "диск доступен только для чтения",
    errno.ENOSPC: "на диске нет места",
    errno.EDQUOT: "место, отведённое на диске, кончилось",
    errno.EFBIG: "файл больше, чем допускает диск",
    errno.ENAMETOOLONG: "имя слишком длинное",
    errno.ELOOP: "ссылки в пути ведут по кругу",
    errno.EBUSY: "файл занят другой программой",
    errno.ENOMEM: "не хватает памяти",
    errno.EAGAIN: "системе сейчас не хватает на это места",
    errno.EMFILE: "открыто слишком много файлов",
    errno.ENFILE: "открыто слишком много файлов",
    errno.EIO: "диск отвечает ошибкой",
    errno.EADDRINUSE: "там уже отвечает другая программа",
    errno.ECONNREFUSED: "там никто не отвечает",
    errno.ECONNRESET: "сервер прервал связь",
    errno.EHOSTUNREACH: "до сервера нет пути по сети",
    errno.ENETUNREACH: "до сервера нет пути по сети",
    errno.ETIMEDOUT: "сервер не отвечает",
    errno.EADDRNOTAVAIL: "у этого компьютера нет такого адреса",
}
"""Number of the error → words that stand in brackets or after a comma."""


NO_ROOM = (
    "Диск не принимает записи: на нём кончилось место, либо он неисправен. Ничего не изменено. "
    "Освободите место (df -h покажет, где его нет) и повторите."
)
"""To whoever runs the program, where something cannot be written at all."""


class SettingsError(Exception):
    """The installation cannot run like this; `str(error)` is what to tell the person who starts it, in Russian."""


def why(error: OSError) -> str:
    """The reason in Russian; a rare one as its number, which an administrator can look up."""
    number = error.errno or 0
    if number < 0:  # so does the resolver of names count
        return "такого имени в сети нет"
    return REASONS.get(number) or (f"ошибка системы {number}" if number else "ошибка чтения или записи")
