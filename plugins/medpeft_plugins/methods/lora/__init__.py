"""LoRA: frozen weights plus a trained product of two thin matrices."""

from medpeft_sdk.specs import Hyperparameter, MethodSpec, Paper

SPEC = MethodSpec(
    name="lora",
    title="LoRA",
    kind="reparameterised",
    formula="W' = W + (alpha / rank) B A, with B = 0 at the start",
    where="query and value of every attention, whether fused or not; in a network without "
    "attention, the ungrouped convolutions and the linear layers of its blocks",
    families=("cnn", "transformer", "hybrid", "unet"),
    needs=("attention", "convs"),
    hyperparameters=(
        Hyperparameter(
            name="rank",
            type="int",
            default=8,
            low=1,
            high=256,
            search=(1, 64),
            log=True,
            description="Rows of A and columns of B; layers narrower than the default "
            "are left out.",
            source="the first author's code for these datasets",
        ),
        Hyperparameter(
            name="alpha",
            type="float",
            default=8.0,
            low=0.1,
            high=512.0,
            search=(1.0, 128.0),
            log=True,
            description="Scale of the update, which is multiplied by alpha / rank.",
            source="the first author's code for these datasets",
        ),
        Hyperparameter(
            name="dropout",
            type="float",
            default=0.0,
            low=0.0,
            high=0.9,
            search=(0.0, 0.5),
            description="Probability of zeroing an input of A during training.",
        ),
        Hyperparameter(
            name="targets",
            type="str",
            default="query_value",
            choices=("query_value", "query_key_value", "attention", "blocks"),
            description="What is updated: projections in front of the heads, all of the attention "
            "with its output projection, or every plain layer of the blocks; a network without "
            "attention is updated in its blocks.",
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
ADDRESS = "medpeft_plugins.methods.lora.method:LoRA"
