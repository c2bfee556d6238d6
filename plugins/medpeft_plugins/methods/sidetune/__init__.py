"""Ladder side-tuning: a small network beside the frozen one, which reads its blocks."""

from medpeft_sdk.specs import Hyperparameter, MethodSpec, Paper

SPEC = MethodSpec(
    name="sidetune",
    title="Ladder side-tuning",
    kind="additive",
    formula="h_i = m + W_i gelu(norm(m)) with m = mu_i D_i pool(f_i) + (1 - mu_i) h_{i-1} and "
    "h_0 = 0; the classifier reads x + U norm(h_n), U = 0 at the start",
    where="beside the blocks, whose outputs f_i it reads; its end is added in front of the "
    "classifier",
    notes="No gradient enters the backbone, so that its activations need not be kept. A ladder was "
    "chosen over side-tuning by a second network (arXiv 1912.13503): it asks for no second set of "
    "weights and serves every backbone that is made of blocks. Unlike the paper's, its rungs are "
    "layers on features that are averaged over all positions, normalised without parameters; "
    "blocks of transformers on tokens would fit no map. mu_i = sigmoid(gate_i / 0.1) as in the "
    "paper. The width is the paper's reduction by eight for tokens of about 512 channels. At three "
    "times the learning rate, small networks with a wide last layer diverge.",
    families=("cnn", "transformer", "hybrid", "mlp"),
    needs=("blocks",),
    hyperparameters=(
        Hyperparameter(
            name="width",
            type="int",
            default=64,
            low=1,
            high=4096,
            search=(16, 256),
            log=True,
            description="Channels of the side network.",
        ),
    ),
    learning_rate=1e-3,
    identity_at_initialisation=True,
    paper=Paper(
        title="LST: Ladder Side-Tuning for Parameter and Memory Efficient Transfer Learning",
        year=2022,
        url="https://arxiv.org/abs/2206.06522",
    ),
)
ADDRESS = "medpeft_plugins.methods.sidetune.method:SideTune"
