"""What is being written, named after the process that writes it."""

from __future__ import annotations

import os
import shutil
import socket
import time
import uuid
from contextlib import suppress
from pathlib import Path

import psutil

_DAY = 24 * 60 * 60


class Partial:
    """The folder of what is being written, on the file system of what it will become.

    Args:
        folder: The folder; it is made when something is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """Names a file or folder that does not exist, after the process that will fill it."""
        return self.folder / f"{socket.gethostname()}+{os.getpid()}+{name}+{uuid.uuid4().hex[:8]}"

    def clean(self) -> None:
        """Removes what dead processes left; of other machines, what is older than a day."""
        for path in list(self.folder.iterdir()) if self.folder.is_dir() else []:
            host, _, rest = path.name.partition("+")
            pid = rest.partition("+")[0]
            here = host == socket.gethostname() and pid.isdecimal()
            with suppress(OSError):
                old = time.time() - path.stat().st_mtime > _DAY
                if old or (here and not psutil.pid_exists(int(pid))):
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
