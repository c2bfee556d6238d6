"""SSF: every feature is scaled and shifted, channel by channel."""

from medpeft_sdk.specs import MethodSpec, Paper

SPEC = MethodSpec(
    name="ssf",
    title="SSF (scaling and shifting features)",
    kind="additive",
    formula="y = gamma * f(x) + beta for each channel; gamma ~ N(1, 0.02), beta ~ N(0, 0.02) at "
    "the start",
    where="behind every convolution, every linear layer, and every norm that is no batch norm",
    notes="On a ViT these are the sites of the authors' code. In their ConvNeXt and Swin the "
    "downsampling layers lack some of them, or all. They have no code for batch norms: one behind "
    "a convolution has a gain and a shift for the same channels, so that a second pair behind it "
    "would be the same twice (120,583 trainable parameters on ResNet-50 instead of 67,463). Layers "
    "whose weight a network reads without calling them are left as they are. What stands behind "
    "standardised weights, or a norm that has no shift or ends in an activation, cannot be merged. "
    "The learning rate is ours.",
    families=("cnn", "transformer", "hybrid", "mlp", "unet"),
    needs=("convs", "linears"),
    learning_rate=3e-3,
    identity_at_initialisation=False,
    mergeable=True,
    paper=Paper(
        title="Scaling & Shifting Your Features: A New Baseline for Efficient Model Tuning",
        year=2022,
        url="https://arxiv.org/abs/2210.08823",
    ),
    provenance="A",
)
ADDRESS = "medpeft_plugins.methods.ssf.method:SSF"
