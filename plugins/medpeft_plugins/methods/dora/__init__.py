"""DoRA: a low-rank update of the directions of a weight, and a trained length for each."""

from medpeft_sdk.specs import Hyperparameter, MethodSpec, Paper

SPEC = MethodSpec(
    name="dora",
    title="DoRA",
    kind="reparameterised",
    formula="W' = m (W + (alpha / rank) B A) / |W + (alpha / rank) B A|, row by row; m = |W| and "
    "B = 0 at the start",
    where="the projections of every attention, a fused one as a whole; in a network without "
    "attention, the ungrouped convolutions and the linear layers of its blocks",
    notes="Implemented by peft. The rows are those of output channels.",
    families=("cnn", "transformer", "hybrid", "unet"),
    needs=("attention", "convs", "linears"),
    hyperparameters=(
        Hyperparameter(
            name="rank",
            type="int",
            default=8,
            low=1,
            high=256,
            search=(1, 64),
            log=True,
            description="Rank of the factors; layers narrower than the default are left out.",
            source="as lora",
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
            source="as lora",
        ),
        Hyperparameter(
            name="targets",
            type="str",
            default="attention",
            choices=("attention", "blocks"),
            description="The projections of the attentions, or every plain layer of the blocks; a "
            "network without attention is updated in its blocks.",
        ),
    ),
    learning_rate=3e-3,
    identity_at_initialisation=True,
    mergeable=True,
    paper=Paper(
        title="DoRA: Weight-Decomposed Low-Rank Adaptation",
        year=2024,
        url="https://arxiv.org/abs/2402.09353",
    ),
)
ADDRESS = "medpeft_plugins.methods.dora.method:DoRA"
