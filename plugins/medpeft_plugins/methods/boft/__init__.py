"""BOFT: a rotation in the form of a butterfly, here of one factor."""

from medpeft_sdk.specs import Hyperparameter, MethodSpec, Paper

SPEC = MethodSpec(
    name="boft",
    title="BOFT",
    kind="reparameterised",
    formula="W' = s (R W) with R block-diagonal and orthogonal, and one s for each output; R = 1, "
    "s = 1 at the start",
    where="the projections of every attention, a fused one as a whole; in a network without "
    "attention, the ungrouped convolutions and the linear layers of its blocks",
    notes="Implemented by peft. One butterfly factor: more of them need a CUDA extension that is "
    "compiled at run time. Layers of more than 8,192 inputs are left out: peft rotates them with "
    "full matrices of that side.",
    families=("cnn", "transformer", "hybrid", "unet"),
    needs=("attention", "convs", "linears"),
    hyperparameters=(
        Hyperparameter(
            name="block_size",
            type="int",
            default=4,
            low=2,
            high=1024,
            search=(2, 16),
            log=True,
            description="Side of the blocks of R; layers whose inputs it does not divide are left "
            "out.",
            source="peft",
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
        title="Parameter-Efficient Orthogonal Finetuning via Butterfly Factorization",
        year=2024,
        url="https://arxiv.org/abs/2311.06243",
    ),
)
ADDRESS = "medpeft_plugins.methods.boft.method:BOFT"
