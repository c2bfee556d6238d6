"""VPT-deep: every block is given learnt tokens of its own."""

from medpeft_plugins.methods.prompts import HYPERPARAMETERS, PAPER
from medpeft_sdk.specs import MethodSpec

SPEC = MethodSpec(
    name="vpt_deep",
    title="VPT-deep",
    kind="prompt",
    formula="[x_i; P_i]: in every block i the tokens P_i join those of the image, and leave "
    "behind it",
    where="tokens in every block",
    notes="The tokens stand at the end of the sequence. Attention without positions inside of it "
    "does not see where a token stands, so that this is the authors' place behind the class "
    "token; and whatever pools the sequence afterwards finds it as it was. Networks whose "
    "attention knows positions, or that have convolutions in their blocks, are refused. Dropout "
    "and stochastic depth of the network act in training; the authors switch them off.",
    families=("transformer",),
    needs=("sequence",),
    hyperparameters=HYPERPARAMETERS,
    learning_rate=1e-2,
    identity_at_initialisation=False,
    paper=PAPER,
    provenance="C",
)
ADDRESS = "medpeft_plugins.methods.vpt_deep.method:VPTDeep"
