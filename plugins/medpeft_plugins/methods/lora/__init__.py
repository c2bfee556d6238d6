"""LoRA: frozen weights plus a trained product of two thin matrices."""

from medpeft_sdk.specs import Hyperparameter, MethodSpec, Paper

SPEC = MethodSpec(
    name="lora",
    title="LoRA",
    kind="reparameterised",
    formula="W' = W + (alpha / rank) B A, B = 0 at the start; on query, key and value of every "
    "attention (all three together where they are one fused layer), and, in a network without "
    "attention, on the ungrouped convolutions and the linear layers of its blocks",
    families=("cnn", "transformer", "hybrid"),
    needs=("attention", "convs"),
    hyperparameters=(
        Hyperparameter(
            name="rank",
            type="int",
            default=8,
            low=1,
            high=256,
            log=True,
            description="Rows of A and columns of B.",
        ),
        Hyperparameter(
            name="alpha",
            type="float",
            default=8.0,
            low=0.1,
            high=512.0,
            log=True,
            description="Scale of the update, which is multiplied by alpha / rank.",
        ),
        Hyperparameter(
            name="dropout",
            type="float",
            default=0.0,
            low=0.0,
            high=0.9,
            description="Probability of zeroing an input of A during training.",
        ),
    ),
    learning_rate=3e-3,
    identity_at_initialisation=True,
    mergeable=True,
    paper=Paper(
        title="LoRA: Low-Rank Adaptation of Large Language Models",
        year=2021,
        url="https://arxiv.org/abs/2106.09685",
    ),
    provenance="A",
)
