"""Training from scratch: every parameter is trained, from a random initialisation on.

Implemented by `medpeft_plugins.methods.full.method.Full`: only the weights at the start differ.
"""

from medpeft_sdk.specs import MethodSpec

SPEC = MethodSpec(
    name="scratch",
    title="From scratch",
    kind="baseline",
    formula="all weights W are trained, starting from random ones",
    families=("cnn", "transformer", "hybrid", "mlp", "unet"),
    learning_rate=1e-3,
    identity_at_initialisation=False,
    mergeable=True,
    pretrained=False,
    updates_batchnorm_statistics=True,
)
ADDRESS = "medpeft_plugins.methods.full.method:Full"
