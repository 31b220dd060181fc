"""Writing log rows into a file a person chose."""

import asyncio
import pathlib
from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QCoreApplication, QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from acedesk.errors import StorageError
from acedesk.log import LogRow
from acedesk.ui.logs.table_model import format_row

# 50,000 rows are some 6 MB; a disk that takes longer than this is not going to finish.
WRITE_TIMEOUT: Final = 30.0


def export_folder() -> str:
    """Return where a file for people is looked for: the documents, else the downloads, else home.

    Not the current folder: that of a program started from a menu is anywhere.
    """
    places = QStandardPaths.StandardLocation
    for place in (places.DocumentsLocation, places.DownloadLocation, places.HomeLocation):
        folder = QStandardPaths.writableLocation(place)
        if folder and pathlib.Path(folder).is_dir():
            return folder
    return str(pathlib.Path.home())


def choose_file(parent: QWidget, export: Callable[[str], object]) -> None:
    """Ask for a file; `export` is given its path."""
    dialog = QFileDialog(parent, _tr("Export the rows that are shown"), export_folder())
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("log")
    dialog.setNameFilters([_tr("Text (*.log *.txt)"), _tr("All files (*)")])
    dialog.selectFile("acedesk.log")
    dialog.fileSelected.connect(export)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


async def export_rows(path: pathlib.Path, rows: Sequence[LogRow]) -> None:
    """Write `rows` as UTF-8 text, replacing the file.

    Raises:
        StorageError: The file could not be written.
    """
    try:
        async with asyncio.timeout(WRITE_TIMEOUT):
            await asyncio.to_thread(_write, path, rows)
    except TimeoutError as exc:
        raise StorageError(f"{path} could not be written in {WRITE_TIMEOUT:.0f} s") from exc
    except OSError as exc:
        raise StorageError(f"{path}: {exc.strerror or exc}") from exc


def _write(path: pathlib.Path, rows: Sequence[LogRow]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{format_row(row)}\n" for row in rows)


def _tr(text: str) -> str:
    return QCoreApplication.translate("LogsPage", text)
