"""Norm, bias and attention tuning: the three selective methods together."""

from medpeft_plugins.methods.attention.options import HYPERPARAMETERS
from medpeft_sdk.specs import MethodSpec

SPEC = MethodSpec(
    name="norm_bias_attention",
    title="Norm + bias + attention tuning",
    kind="selective",
    formula="gamma, beta of every norm, b of every layer, and W of every attention are trained",
    where="every norm, every bias vector, and all that is inside of every attention",
    notes="scope and position_embeddings are those of attention.",
    families=("transformer", "hybrid", "unet"),
    needs=("attention",),
    hyperparameters=HYPERPARAMETERS,
    learning_rate=3e-4,
    identity_at_initialisation=True,
    mergeable=True,
    provenance="A",
)
ADDRESS = "medpeft_plugins.methods.norm_bias_attention.method:NormBiasAttention"
