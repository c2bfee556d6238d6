"""RepAdapter: linear adapters in front of attention and feed-forward, merged after training."""

from medpeft_sdk.specs import Hyperparameter, MethodSpec, Paper

SPEC = MethodSpec(
    name="repadapter",
    title="RepAdapter",
    kind="additive",
    formula="x' = x + s (B (A x + a) + b), with B in groups, B = 0 and a = b = 0 at the start",
    where="in front of the layers that make queries, keys and values, and of the first layer of "
    "every feed-forward part",
    notes="Nothing between A and B bends, so that W (I + s B A) takes the place of the weight "
    "behind. Queries, keys and values of separate layers share one adapter per input width, each "
    "with a dropout of its own. In ConvNeXt only the feed-forward parts are adapted: the authors' "
    "second adapter stands in front of a padded convolution and could not be merged exactly. They "
    "search s for each dataset among 0.1 to 10; 1 is the most frequent. The learning rate is three "
    "times the authors', who train for 100 epochs.",
    families=("cnn", "transformer", "hybrid", "mlp", "unet"),
    needs=("projections", "mlp"),
    hyperparameters=(
        Hyperparameter(
            name="bottleneck",
            type="int",
            default=8,
            low=1,
            high=1024,
            search=(1, 64),
            log=True,
            description="Channels between A and B.",
            source="the authors' code",
        ),
        Hyperparameter(
            name="groups",
            type="int",
            default=2,
            low=1,
            high=64,
            search=(1, 8),
            description="Groups of B; a divisor of the bottleneck and of the width.",
            source="the authors' code",
        ),
        Hyperparameter(
            name="scale",
            type="float",
            default=1.0,
            low=0.01,
            high=100.0,
            log=True,
            description="Factor s of what the adapter adds.",
            source="the authors' code, most frequent",
        ),
        Hyperparameter(
            name="dropout",
            type="float",
            default=0.1,
            low=0.0,
            high=0.9,
            search=(0.0, 0.5),
            description="Probability of zeroing an input of B during training.",
            source="the authors' code",
        ),
    ),
    learning_rate=3e-3,
    identity_at_initialisation=True,
    mergeable=True,
    paper=Paper(
        title="Towards Efficient Visual Adaption via Structural Re-parameterization",
        year=2023,
        url="https://arxiv.org/abs/2302.08106",
    ),
)
ADDRESS = "medpeft_plugins.methods.repadapter.method:RepAdapter"
