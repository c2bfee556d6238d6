"""Built-in executors: in this process, or in a pool of warm processes on this machine."""

from medpeft_sdk.registry import Registrar, hookimpl
from medpeft_sdk.specs import ExecutorSpec


@hookimpl
def medpeft_register_executors(register: Registrar[ExecutorSpec]) -> None:
    """Registers ``serial`` and ``local``."""
    register(
        ExecutorSpec(
            name="serial",
            title="In this process",
            description="One cell after the other.",
            parallel=False,
        ),
        "medpeft_plugins.executors.serial:Serial",
    )
    register(
        ExecutorSpec(
            name="local",
            title="Warm processes on this machine",
            description="Several workers that share the cells.",
        ),
        "medpeft_plugins.executors.local:Local",
    )
