"""OFT: the inputs of a weight are rotated, block by block."""

from medpeft_sdk.specs import Hyperparameter, MethodSpec, Paper

SPEC = MethodSpec(
    name="oft",
    title="OFT",
    kind="reparameterised",
    formula="W' = W R with R block-diagonal and orthogonal (Cayley), R = 1 at the start",
    where="the projections of every attention, a fused one as a whole; in a network without "
    "attention, the 1x1 convolutions and the linear layers of its blocks",
    notes="Implemented by peft, with its series for the Cayley transform. Wider convolutions are "
    "left out: peft adds up rotated windows that overlap, which is no rotation.",
    families=("cnn", "transformer", "hybrid", "unet"),
    needs=("attention", "convs", "linears"),
    hyperparameters=(
        Hyperparameter(
            name="block_size",
            type="int",
            default=32,
            low=2,
            high=1024,
            search=(4, 128),
            log=True,
            description="Side of the blocks of R; fitted to the nearest divisor of a layer's "
            "width.",
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
        title="Controlling Text-to-Image Diffusion by Orthogonal Finetuning",
        year=2023,
        url="https://arxiv.org/abs/2306.07280",
    ),
)
ADDRESS = "medpeft_plugins.methods.oft.method:OFT"
