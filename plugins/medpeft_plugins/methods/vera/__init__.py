"""VeRA: shared random matrices, of which only gains are trained."""

from medpeft_sdk.specs import Hyperparameter, MethodSpec, Paper

SPEC = MethodSpec(
    name="vera",
    title="VeRA",
    kind="reparameterised",
    formula="W' = W + diag(b) B diag(d) A: A and B are random, frozen and shared by all layers; b "
    "= 0 and d = 0.1 at the start",
    where="the projections of every attention, a fused one as a whole; in a network without "
    "attention, the linear layers of its blocks",
    notes="Implemented by peft, for linear layers. A and B are drawn from a fixed seed and not "
    "stored.",
    families=("transformer", "hybrid", "mlp", "unet"),
    needs=("linears",),
    hyperparameters=(
        Hyperparameter(
            name="rank",
            type="int",
            default=256,
            low=1,
            high=4096,
            search=(16, 1024),
            log=True,
            description="Rows of A and columns of B; may be above a layer's width.",
            source="Kopiczko et al., 2024",
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
    learning_rate=1e-2,
    identity_at_initialisation=True,
    mergeable=True,
    paper=Paper(
        title="VeRA: Vector-based Random Matrix Adaptation",
        year=2024,
        url="https://arxiv.org/abs/2310.11454",
    ),
)
ADDRESS = "medpeft_plugins.methods.vera.method:VeRA"
