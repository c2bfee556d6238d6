"""What both forms of visual prompt tuning share, as far as it is data."""

from medpeft_sdk.specs import Hyperparameter, Paper

PAPER = Paper(title="Visual Prompt Tuning", year=2022, url="https://arxiv.org/abs/2203.12119")
HYPERPARAMETERS = (
    Hyperparameter(
        name="tokens",
        type="int",
        default=5,
        low=1,
        high=512,
        search=(1, 100),
        log=True,
        description="Learnt tokens in the sequence.",
        source="the authors' code",
    ),
    Hyperparameter(
        name="dropout",
        type="float",
        default=0.0,
        low=0.0,
        high=0.9,
        search=(0.0, 0.5),
        description="Probability of zeroing a number of a learnt token during training.",
        source="the authors' code",
    ),
)
