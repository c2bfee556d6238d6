"""The hyperparameters of the methods that train attentions."""

from medpeft_sdk.specs import Hyperparameter

HYPERPARAMETERS = (
    Hyperparameter(
        name="scope",
        type="str",
        default="attention",
        choices=("attention", "transformer"),
        description="The attentions alone, or the whole transformer units of a hybrid or a U-Net.",
        source="Touvron et al., 2022",
    ),
    Hyperparameter(
        name="position_embeddings",
        type="bool",
        default=False,
        description="Whether learnt position embeddings are trained too.",
        source="Touvron et al., 2022",
    ),
)
