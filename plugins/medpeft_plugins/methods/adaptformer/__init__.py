"""AdaptFormer: a scaled bottleneck in parallel to each feed-forward part."""

from medpeft_sdk.specs import Hyperparameter, MethodSpec, Paper

SPEC = MethodSpec(
    name="adaptformer",
    title="AdaptFormer",
    kind="additive",
    formula="x' = x + mlp(norm(x)) + s W_up relu(W_down x + b_down) + s b_up; W_up = 0 and b = 0 "
    "at the start",
    where="beside every feed-forward part: it reads the stream x in front of the norm, and is "
    "added to what the block gives out",
    notes="The norm in front of the bottleneck, which the authors' code leaves out by default, is "
    "left out. Layer scale and stochastic depth do not touch the bottleneck. In a block that "
    "normalises behind its parts, x is what the feed-forward part takes in. The authors train with "
    "SGD; the learning rate for AdamW is ours.",
    families=("transformer", "hybrid", "unet"),
    needs=("mlp",),
    hyperparameters=(
        Hyperparameter(
            name="bottleneck",
            type="int",
            default=64,
            low=1,
            high=1024,
            search=(4, 128),
            log=True,
            description="Channels between W_down and W_up.",
            source="Chen et al., 2022",
        ),
        Hyperparameter(
            name="scale",
            type="float",
            default=0.1,
            low=0.01,
            high=10.0,
            log=True,
            description="Factor s of what the bottleneck adds.",
            source="Chen et al., 2022",
        ),
        Hyperparameter(
            name="dropout",
            type="float",
            default=0.1,
            low=0.0,
            high=0.9,
            search=(0.0, 0.5),
            description="Probability of zeroing an input of W_up during training.",
            source="the authors' code",
        ),
    ),
    learning_rate=3e-3,
    identity_at_initialisation=True,
    paper=Paper(
        title="AdaptFormer: Adapting Vision Transformers for Scalable Visual Recognition",
        year=2022,
        url="https://arxiv.org/abs/2205.13535",
    ),
    provenance="C",
)
ADDRESS = "medpeft_plugins.methods.adaptformer.method:AdaptFormer"
