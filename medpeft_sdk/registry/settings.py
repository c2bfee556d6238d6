"""Which plugins the user has disabled; one small file that outlives any plugin."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import cast

import platformdirs

from medpeft_sdk.errors import SpecError, StoreError


def settings_file() -> Path:
    """Returns the settings file; ``MEDPEFT_CONFIG_DIR`` moves its folder."""
    folder = os.environ.get("MEDPEFT_CONFIG_DIR") or platformdirs.user_config_dir("medpeft")
    return Path(folder) / "plugins.json"


def disabled_plugins() -> frozenset[str]:
    """Returns the disabled names, each of an entry point or of a distribution.

    Raises:
        SpecError: The settings file is not what `set_disabled` writes.
    """
    file = settings_file()
    try:
        disabled = json.loads(file.read_text(encoding="utf-8"))["disabled"]
        if not isinstance(disabled, list):
            raise TypeError("not a list")
        return frozenset(map(str, cast("list[object]", disabled)))
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SpecError(
            "the plugin settings cannot be read",
            where=str(file),
            expected='{"disabled": ["name", …]}',
            mend="correct the file or delete it",
        ) from error


def set_disabled(name: str, disabled: bool) -> None:
    """Disables or enables a plugin, for this user, from the next command on.

    Raises:
        StoreError: The settings file cannot be written.
    """
    names = disabled_plugins() | {name} if disabled else disabled_plugins() - {name}
    file = settings_file()
    partial = file.with_suffix(f".{os.getpid()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(
            json.dumps({"disabled": sorted(names)}, indent=2) + "\n", encoding="utf-8"
        )
        partial.replace(file)
    except OSError as error:
        raise StoreError(
            f"the plugin settings cannot be written: {error.strerror}",
            where=str(file),
            mend="set MEDPEFT_CONFIG_DIR to a folder that can be written",
        ) from error
