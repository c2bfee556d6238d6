"""Norm and bias tuning: all norms and all biases are trained, and the classifier."""

from medpeft_sdk.specs import MethodSpec

SPEC = MethodSpec(
    name="norm_bias",
    title="Norm + bias tuning",
    kind="selective",
    formula="gamma, beta of every norm and b of every layer y = W x + b are trained",
    where="every norm and every bias vector",
    notes="In a network whose convolutions have no bias, such as a ResNet, it is norm tuning.",
    families=("cnn", "transformer", "hybrid", "mlp", "unet"),
    needs=("norms", "biases"),
    learning_rate=5e-3,
    identity_at_initialisation=True,
    mergeable=True,
    provenance="B",
)
ADDRESS = "medpeft_plugins.methods.norm_bias.method:NormBias"
