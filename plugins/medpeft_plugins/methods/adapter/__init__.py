"""Adapters: a small bottleneck behind each part of a block."""

from medpeft_plugins.methods.placements import PLACEMENTS
from medpeft_sdk.specs import Hyperparameter, MethodSpec, Paper

SPEC = MethodSpec(
    name="adapter",
    title="Adapter (bottleneck)",
    kind="additive",
    formula="h' = h + W_up gelu(W_down h + b_down) + b_up; W_up = 0 and b = 0 at the start",
    where="behind every feed-forward part and, in Houlsby's placement, every attention",
    notes="h is what the part gives out, before it is added to the stream of the block.",
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
            source="the VPT authors' comparison",
        ),
        Hyperparameter(
            name="placement",
            type="str",
            default="pfeiffer",
            choices=PLACEMENTS,
            description="Behind the feed-forward parts alone (Pfeiffer et al., 2021), or behind "
            "the attentions too; behind those in a network without feed-forward parts of two "
            "layers.",
            source="the VPT authors' comparison",
        ),
    ),
    learning_rate=1e-3,
    identity_at_initialisation=True,
    paper=Paper(
        title="Parameter-Efficient Transfer Learning for NLP",
        year=2019,
        url="https://arxiv.org/abs/1902.00751",
    ),
    provenance="C",
)
ADDRESS = "medpeft_plugins.methods.adapter.method:Adapter"
