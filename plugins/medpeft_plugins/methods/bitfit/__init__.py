"""BitFit: the bias vectors are trained, and the classifier."""

from medpeft_sdk.specs import MethodSpec, Paper

SPEC = MethodSpec(
    name="bitfit",
    title="BitFit (bias tuning)",
    kind="selective",
    formula="y = W x + b: b is trained, W is frozen",
    where="every bias vector; in a network whose convolutions have none, these are the shifts of "
    "its norms",
    families=("cnn", "transformer", "hybrid", "mlp", "unet"),
    needs=("biases",),
    learning_rate=5e-3,
    identity_at_initialisation=True,
    mergeable=True,
    paper=Paper(
        title="BitFit: Simple Parameter-efficient Fine-tuning for Transformer-based Masked "
        "Language-models",
        year=2021,
        url="https://arxiv.org/abs/2106.10199",
    ),
    provenance="A",
)
ADDRESS = "medpeft_plugins.methods.bitfit.method:BitFit"
