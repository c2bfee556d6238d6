"""LayerNorm tuning: gain and shift of the norms are trained, and the classifier."""

from medpeft_sdk.specs import MethodSpec, Paper

SPEC = MethodSpec(
    name="layernorm",
    title="LayerNorm / GroupNorm tuning",
    kind="selective",
    formula="y = gamma * (x - mean) / std + beta: gamma and beta are trained",
    where="every layer, group, RMS or other norm that is no batch norm",
    notes="Together with batchnorm it is the benchmark's norm tuning, on networks whose norms know "
    "no batch: transformers, U-Nets, and some convolutional networks such as ConvNeXt.",
    families=("transformer", "hybrid", "cnn", "mlp", "unet"),
    needs=("other_norms",),
    learning_rate=5e-3,
    identity_at_initialisation=True,
    mergeable=True,
    paper=Paper(
        title="Strong Baselines for Parameter Efficient Few-Shot Fine-tuning",
        year=2023,
        url="https://arxiv.org/abs/2304.01917",
    ),
    provenance="A",
)
ADDRESS = "medpeft_plugins.methods.layernorm.method:LayerNorm"
