"""TSA: task-specific adapters, a trained 1x1 convolution beside every wide one."""

from medpeft_sdk.specs import Hyperparameter, MethodSpec, Paper

SPEC = MethodSpec(
    name="tsa",
    title="TSA (task-specific adapters)",
    kind="additive",
    formula="y = conv(x) + alpha x: alpha is a 1x1 convolution with the stride of conv, 0.0001 "
    "times the identity at the start",
    where="beside the convolutions of the blocks that are wider than one pixel",
    notes="This is the parallel form with full matrices. Beside a grouped convolution alpha has "
    "the same groups, and beside a depthwise one it is one number a channel, the authors' "
    "channel-wise form. All convolutions means those of the shortcuts too: 13,400,071 trainable "
    "parameters on ResNet-50, 10,631,175 without them. Their pre-classifier alignment, a square "
    "matrix in front of the classifier, is an option: it belongs to their classifier of nearest "
    "centroids. They train with Adadelta; the learning rate for AdamW is ours.",
    families=("cnn", "hybrid", "unet"),
    needs=("convs",),
    hyperparameters=(
        Hyperparameter(
            name="convs",
            type="str",
            default="wide",
            choices=("wide", "all"),
            description="Convolutions wider than one pixel, or all, that get an adapter.",
            source="the authors' code",
        ),
        Hyperparameter(
            name="alignment",
            type="bool",
            default=False,
            description="Whether a square matrix in front of the classifier is trained too.",
        ),
    ),
    learning_rate=1e-3,
    identity_at_initialisation=False,
    mergeable=True,
    paper=Paper(
        title="Cross-domain Few-shot Learning with Task-specific Adapters",
        year=2022,
        url="https://arxiv.org/abs/2107.00358",
    ),
    provenance="B",
)
ADDRESS = "medpeft_plugins.methods.tsa.method:TSA"
