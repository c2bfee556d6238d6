"""Partial fine-tuning: the last blocks are trained, and the classifier."""

from medpeft_sdk.specs import Hyperparameter, MethodSpec

SPEC = MethodSpec(
    name="partial",
    title="Partial fine-tuning",
    kind="baseline",
    formula="all weights of the last k blocks are trained, starting from the pretrained ones",
    where="the last blocks and the norms behind them",
    notes="Running batch-norm statistics stay those of pretraining. U-Nets are refused: diffusers "
    "registers their middle behind their end, so that the last block is not the last to run.",
    families=("cnn", "transformer", "hybrid", "mlp"),
    needs=("blocks",),
    hyperparameters=(
        Hyperparameter(
            name="blocks",
            type="int",
            default=1,
            low=1,
            high=256,
            search=(1, 12),
            log=True,
            description="How many of the last blocks are trained.",
        ),
    ),
    learning_rate=3e-4,
    identity_at_initialisation=True,
    mergeable=True,
)
ADDRESS = "medpeft_plugins.methods.partial.method:Partial"
