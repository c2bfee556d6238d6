"""BatchNorm tuning: gain and shift of the batch norms are trained, and the classifier."""

from medpeft_sdk.specs import MethodSpec, Paper

SPEC = MethodSpec(
    name="batchnorm",
    title="BatchNorm tuning",
    kind="selective",
    formula="y = gamma * (x - mean) / std + beta: gamma and beta are trained",
    where="every batch norm",
    notes="The running mean and variance stay those of pretraining. Together with layernorm it is "
    "the benchmark's norm tuning, on networks with batch norms.",
    families=("cnn", "hybrid", "transformer", "mlp"),
    needs=("batch_norms",),
    learning_rate=5e-3,
    identity_at_initialisation=True,
    mergeable=True,
    paper=Paper(
        title="Training BatchNorm and Only BatchNorm: On the Expressive Power of Random Features "
        "in CNNs",
        year=2020,
        url="https://arxiv.org/abs/2003.00152",
    ),
    provenance="C",
)
ADDRESS = "medpeft_plugins.methods.batchnorm.method:BatchNorm"
