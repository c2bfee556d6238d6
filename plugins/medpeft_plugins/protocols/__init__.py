"""Built-in protocols: the TOML files of this folder."""

import tomllib
from importlib.resources import files

from medpeft_sdk.registry import Registrar, hookimpl
from medpeft_sdk.specs import ProtocolSpec


@hookimpl
def medpeft_register_protocols(register: Registrar[ProtocolSpec]) -> None:
    """Registers every TOML file beside this module."""
    for file in files(__name__).iterdir():
        if file.name.endswith(".toml"):
            data = tomllib.loads(file.read_text(encoding="utf-8"))
            protocol = ProtocolSpec.from_data(data, where=file.name)
            register(protocol, f"{__name__}:{file.name}")
