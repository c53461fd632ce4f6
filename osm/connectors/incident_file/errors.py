"""Named errors of the import of a file: each is a sentence that says what happened, what was kept and what to do."""

from osm.connectors.base import ConnectorError


class FileRefused(ConnectorError):
    """The file as a whole cannot be imported; nothing of it was taken. `code` names the reason for tests and logs."""

    code = ""
    sentence = ""

    def __init__(self, **details: str | int) -> None:
        super().__init__(self.sentence.format(**details))
        self.details = details


class EmptyFile(FileRefused):
    code = "empty_file"
    sentence = "Файл пуст: в нём ноль байт. Ничего не загружено. Выгрузите таблицу ещё раз."


class EmptyTable(FileRefused):
    code = "empty_table"
    sentence = "В файле нет ни одной заполненной строки. Ничего не загружено. Проверьте, тот ли файл выбран."


class NotATable(FileRefused):
    code = "not_a_table"
    sentence = (
        "Это не таблица, а {what}. Ничего не загружено. "
        "Нужен файл XLSX, XLS, ODS или CSV: откройте выгрузку в Excel и сохраните её как «Книга Excel (.xlsx)»."
    )


class NulBytes(FileRefused):
    code = "nul_bytes"
    sentence = (
        "В файле нулевые байты: это не текст CSV либо файл испорчен при передаче. Ничего не загружено. "
        "Выгрузите таблицу ещё раз, лучше в XLSX."
    )


class EncryptedFile(FileRefused):
    code = "encrypted"
    sentence = (
        "Файл защищён паролем, прочитать его нельзя. Ничего не загружено. "
        "Откройте его в Excel, снимите пароль («Файл» → «Сведения» → «Защита книги») и загрузите снова."
    )


class DamagedFile(FileRefused):
    code = "damaged"
    sentence = (
        "Файл повреждён или передан не до конца. Ничего не загружено. "
        "Скачайте выгрузку ещё раз; если не поможет, откройте её в Excel и сохраните заново."
    )


class UnreadableFile(FileRefused):
    code = "unreadable"
    sentence = (
        "Файл не удалось открыть: его нет или к нему нет доступа. Ничего не загружено. Проверьте имя файла и повторите."
    )


class UnclosedQuote(FileRefused):
    code = "unclosed_quote"
    sentence = (
        "В записи {row} открыта кавычка, которая нигде не закрыта: всё после неё слилось в одну ячейку. "
        "Ничего не загружено. Исправьте кавычки в этой записи или выгрузите таблицу в XLSX."
    )


class FileTooBig(FileRefused):
    code = "file_too_big"
    sentence = "Файл больше {megabytes} МБ. Ничего не загружено. Разделите выгрузку по датам на несколько файлов."


class UnpacksTooBig(FileRefused):
    code = "unpacks_too_big"
    sentence = (
        "Внутри файла больше {megabytes} МБ данных: так бывает у испорченных или вредоносных файлов. "
        "Ничего не загружено. "
        "Разделите выгрузку по датам на несколько файлов."
    )


class ArchiveBomb(FileRefused):
    code = "archive_bomb"
    sentence = (
        "Маленький файл разворачивается в {megabytes} МБ одинаковых данных: так бывает у испорченных или вредоносных "
        "файлов. Ничего не загружено. Откройте выгрузку в Excel, скопируйте нужные строки в новую книгу и загрузите её."
    )


class NeedsTooMuchMemory(FileRefused):
    code = "needs_too_much_memory"
    sentence = (
        "Таблица слишком велика для чтения: скорее всего, что-то записано в очень далёкой ячейке. Ничего не загружено. "
        "Скопируйте нужные строки на новый лист, сохраните его отдельным файлом и загрузите снова."
    )


class TooMuchText(FileRefused):
    code = "too_much_text"
    sentence = (
        "В таблице больше {megabytes} МБ текста. Ничего не загружено. Разделите выгрузку по датам на несколько файлов."
    )


class TooManyRows(FileRefused):
    code = "too_many_rows"
    sentence = "В файле больше {rows} строк. Ничего не загружено. Разделите выгрузку по датам на несколько файлов."


class TooManyColumns(FileRefused):
    code = "too_many_columns"
    sentence = (
        "В таблице больше {columns} столбцов: возможно, что-то записано далеко справа. Ничего не загружено. "
        "Удалите лишние столбцы и загрузите снова."
    )


class CellTooLong(FileRefused):
    code = "cell_too_long"
    sentence = "В строке {row} слишком длинная ячейка. Ничего не загружено. Исправьте эту строку и загрузите снова."


class TooSlow(FileRefused):
    code = "too_slow"
    sentence = (
        "Файл читается слишком долго, чтение остановлено. Ничего не загружено. "
        "Разделите выгрузку по датам на несколько файлов; если она мала, сохраните её в Excel заново."
    )


class SheetNotFound(FileRefused):
    code = "sheet_not_found"
    sentence = "В файле нет листа «{sheet}». Ничего не загружено. Листы файла: {sheets}."


class HeaderNotFound(FileRefused):
    code = "header_not_found"
    sentence = (
        "Не найдена строка с названиями столбцов (номер, текст, ссылка …). Ничего не загружено. "
        "Проверьте, тот ли это файл, или укажите столбцы сами на странице загрузки."
    )


class MappingIncomplete(FileRefused):
    code = "mapping_incomplete"
    sentence = (
        "Не найдены нужные столбцы: {missing}. Ничего не загружено. Укажите их на странице загрузки: "
        "нужен текст сообщения и хотя бы одно из двух, номер или ссылка."
    )


REFUSALS: dict[str, type[FileRefused]] = {error.code: error for error in FileRefused.__subclasses__()}
"""Code → error: how the child's refusal gets its name back."""
