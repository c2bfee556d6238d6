"""Compacter: adapters whose matrices are sums of Kronecker products with shared factors."""

from medpeft_plugins.methods.placements import PLACEMENTS
from medpeft_sdk.specs import Hyperparameter, MethodSpec, Paper

SPEC = MethodSpec(
    name="compacter",
    title="Compacter",
    kind="additive",
    formula="an adapter with W = sum_i A_i (x) (s_i t_i): the A_i are shared by all layers, and "
    "s_i t_i has a low rank; W_up = 0 at the start",
    where="behind every feed-forward part and, in Houlsby's placement, every attention",
    notes="(x) is the Kronecker product; there are as many A_i as their sides are long. The "
    "bottleneck is rounded down to a multiple of that number. The paper divides the width by 32; "
    "networks of images are narrower than its language models.",
    families=("transformer", "hybrid", "mlp", "cnn", "unet"),
    needs=("mlp", "projections"),
    hyperparameters=(
        Hyperparameter(
            name="reduction",
            type="int",
            default=8,
            low=1,
            high=256,
            search=(2, 64),
            log=True,
            description="Width of the part over that of the bottleneck.",
        ),
        Hyperparameter(
            name="divisions",
            type="int",
            default=4,
            low=1,
            high=32,
            search=(1, 8),
            log=True,
            description="Number of products and side of A_i; divides the width.",
            source="Karimi Mahabadi et al., 2021",
        ),
        Hyperparameter(
            name="rank",
            type="int",
            default=1,
            low=1,
            high=64,
            search=(1, 8),
            log=True,
            description="Rank of each s_i t_i.",
            source="Karimi Mahabadi et al., 2021",
        ),
        Hyperparameter(
            name="placement",
            type="str",
            default="houlsby",
            choices=PLACEMENTS,
            description="Behind attentions and feed-forward parts, or behind the latter alone; as "
            "for adapter.",
            source="Karimi Mahabadi et al., 2021",
        ),
    ),
    learning_rate=3e-3,
    identity_at_initialisation=True,
    paper=Paper(
        title="Compacter: Efficient Low-Rank Hypercomplex Adapter Layers",
        year=2021,
        url="https://arxiv.org/abs/2106.04647",
    ),
)
ADDRESS = "medpeft_plugins.methods.compacter.method:Compacter"
