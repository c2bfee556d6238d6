"""DiffFit: biases and norms are trained, and a gain for each part of a transformer block."""

from medpeft_sdk.specs import MethodSpec, Paper

SPEC = MethodSpec(
    name="difffit",
    title="DiffFit",
    kind="selective",
    formula="y = gamma * (W x + b) for each channel, with b and the norms trained; gamma = 1 at "
    "the start",
    where="every norm and every bias; gains behind query, key, value and output of every "
    "attention, and on the branch of every attention and feed-forward part",
    notes="The branch of an attention ends in its output projection, which therefore has two "
    "gains, as in the reimplementation in PyTorch that the benchmark's authors used; the paper "
    "has one gain for each branch. Layers whose weight a network reads without calling them get "
    "no gain.",
    families=("transformer", "hybrid", "unet"),
    needs=("attention",),
    learning_rate=1e-3,
    identity_at_initialisation=True,
    mergeable=True,
    paper=Paper(
        title="DiffFit: Unlocking Transferability of Large Diffusion Models via Simple "
        "Parameter-Efficient Fine-Tuning",
        year=2023,
        url="https://arxiv.org/abs/2304.06648",
    ),
    provenance="A",
)
ADDRESS = "medpeft_plugins.methods.difffit.method:DiffFit"
