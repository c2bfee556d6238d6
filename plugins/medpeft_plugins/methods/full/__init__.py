"""Full fine-tuning: every parameter is trained, from the pretrained weights on."""

from medpeft_sdk.specs import MethodSpec

SPEC = MethodSpec(
    name="full",
    title="Full fine-tuning",
    kind="baseline",
    formula="all weights W are trained, starting from the pretrained ones",
    families=("cnn", "transformer", "hybrid", "mlp", "unet"),
    learning_rate=3e-4,
    identity_at_initialisation=True,
    mergeable=True,
    updates_batchnorm_statistics=True,
)
ADDRESS = "medpeft_plugins.methods.full.method:Full"
