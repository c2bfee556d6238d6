"""Registers the method `mymethod`. This module imports no tensor library; `method` does."""

from medpeft_sdk import hookimpl
from medpeft_sdk.registry import Registrar
from medpeft_sdk.specs import Hyperparameter, MethodSpec

MYMETHOD = MethodSpec(
    name="mymethod",
    title="Block gain",
    kind="additive",
    formula="y <- y + g * (y - x) for the input x and the output y of a block; g starts at 0",
    notes="An example, after no paper.",
    families=("cnn", "transformer", "hybrid"),
    needs=("blocks",),
    hyperparameters=(
        Hyperparameter(
            name="share",
            type="float",
            default=1.0,
            low=0.1,
            high=1.0,
            description="Share of the blocks that get a gain, counted from the output.",
        ),
    ),
    learning_rate=3e-3,
    identity_at_initialisation=True,
)


@hookimpl
def medpeft_register_methods(register: Registrar[MethodSpec]) -> None:
    """Registers the method; its class is imported when a cell needs it."""
    register(MYMETHOD, "medpeft_sdk_mymethod.method:BlockGain")
