"""LoKr: a low-rank update made of a Kronecker product."""

from medpeft_sdk.specs import Hyperparameter, MethodSpec, Paper

SPEC = MethodSpec(
    name="lokr",
    title="LoKr",
    kind="reparameterised",
    formula="W' = W + (alpha / rank) C (x) (B A), (x) the Kronecker product; one factor is zero "
    "at the start",
    where="the projections of every attention, a fused one as a whole; in a network without "
    "attention, the ungrouped convolutions and the linear layers of its blocks",
    notes="Implemented by peft, with its factorisation of a convolution's window. alpha = 32 is "
    "that of the benchmark authors' U-Nets, whose rank is not known.",
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
            source="peft",
        ),
        Hyperparameter(
            name="alpha",
            type="float",
            default=32.0,
            low=0.1,
            high=512.0,
            search=(1.0, 128.0),
            log=True,
            description="Scale of the update, which is multiplied by alpha / rank.",
            source="the benchmark authors' code",
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
    learning_rate=1e-3,
    identity_at_initialisation=True,
    mergeable=True,
    paper=Paper(
        title="Navigating Text-To-Image Customization: From LyCORIS Fine-Tuning to Model "
        "Evaluation",
        year=2024,
        url="https://arxiv.org/abs/2309.14859",
    ),
    provenance="B",
)
ADDRESS = "medpeft_plugins.methods.lokr.method:LoKr"
