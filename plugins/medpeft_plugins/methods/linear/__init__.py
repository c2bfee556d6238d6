"""Linear probing: the classifier alone is trained."""

from medpeft_sdk.specs import MethodSpec

SPEC = MethodSpec(
    name="linear",
    title="Linear probe",
    kind="baseline",
    formula="y = V f(x) + c: the classifier V, c is trained, the features f are frozen",
    families=("cnn", "transformer", "hybrid", "mlp"),
    needs=("head",),
    learning_rate=1e-2,
    identity_at_initialisation=True,
    mergeable=True,
)
ADDRESS = "medpeft_plugins.methods.linear.method:Linear"
