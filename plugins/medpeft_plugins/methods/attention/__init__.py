"""Attention tuning: the weights and biases of the attentions are trained, and the classifier."""

from medpeft_plugins.methods.attention.options import HYPERPARAMETERS
from medpeft_sdk.specs import MethodSpec, Paper

SPEC = MethodSpec(
    name="attention",
    title="Attention tuning",
    kind="selective",
    formula="W and b of the query, key, value and output projections are trained",
    where="all that is inside of every attention",
    notes="The paper's released U-Nets train the whole transformer units, with their own norm, "
    "projections and feed-forward parts: that is scope = transformer. The first author's code for "
    "ViTs trains the position embeddings too: that is position_embeddings = true.",
    families=("transformer", "hybrid", "unet"),
    needs=("attention",),
    hyperparameters=HYPERPARAMETERS,
    learning_rate=3e-4,
    identity_at_initialisation=True,
    mergeable=True,
    paper=Paper(
        title="Three things everyone should know about Vision Transformers",
        year=2022,
        url="https://arxiv.org/abs/2203.09795",
    ),
    provenance="A",
)
ADDRESS = "medpeft_plugins.methods.attention.method:Attention"
