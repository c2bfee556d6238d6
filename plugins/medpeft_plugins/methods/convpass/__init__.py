"""Convpass: bottlenecks with a convolution over the patches, beside attention and feed-forward."""

from medpeft_sdk.specs import Hyperparameter, MethodSpec, Paper

SPEC = MethodSpec(
    name="convpass",
    title="Convpass",
    kind="additive",
    formula="f(x) + s W_up g(conv(g(W_down x))): conv is 3 x 3 over the grid of patches, g is "
    "x sigmoid(1.702 x); W_up = 0 and conv = identity at the start",
    where="beside every attention and every feed-forward part, on the same input",
    notes="Tokens before those of the patches are convolved alone, each as an image of one pixel. "
    "An attention that takes windows, as Swin's, gets a convolution within its windows, where the "
    "authors' code convolves the whole map. Layer scale and stochastic depth act on the bottleneck "
    "as on what it stands beside. The authors search s for each dataset among 0.01 to 100, 1 among "
    "the most frequent, and draw the convolution at random for about half of them. Sequences whose "
    "patches make no square are refused. The learning rate is the authors'; at three times as "
    "much, small networks get stuck.",
    families=("cnn", "transformer", "hybrid"),
    needs=("projections", "mlp"),
    hyperparameters=(
        Hyperparameter(
            name="bottleneck",
            type="int",
            default=8,
            low=1,
            high=1024,
            search=(1, 32),
            log=True,
            description="Channels of the convolution.",
            source="the authors' code",
        ),
        Hyperparameter(
            name="scale",
            type="float",
            default=1.0,
            low=0.01,
            high=100.0,
            log=True,
            description="Factor s of what the bottleneck adds.",
            source="the authors' code, among the most frequent",
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
    learning_rate=1e-3,
    identity_at_initialisation=True,
    paper=Paper(
        title="Convolutional Bypasses Are Better Vision Transformer Adapters",
        year=2022,
        url="https://arxiv.org/abs/2207.07039",
    ),
)
ADDRESS = "medpeft_plugins.methods.convpass.method:Convpass"
