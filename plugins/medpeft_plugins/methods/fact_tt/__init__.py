"""FacT-TT: the updates of all layers as one tensor in tensor-train form."""

from medpeft_sdk.specs import Hyperparameter, MethodSpec, Paper

SPEC = MethodSpec(
    name="fact_tt",
    title="FacT (tensor-train)",
    kind="reparameterised",
    formula="W' = W + s V S U: U and V are shared by all layers, S is a layer's own; V = 0 at the "
    "start",
    where="query, key, value and output of every attention and both layers of every feed-forward "
    "part, which count as several square matrices side by side",
    notes="In a network of several widths, such as Swin, the layers of one width share U and V; "
    "the paper's networks have one width. Layers that are no multiple of the width of the tokens, "
    "such as some gated feed-forward parts, are left out. The authors search s for each dataset "
    "among 0.01 to 100; 10 is the most frequent of both forms.",
    families=("cnn", "transformer", "hybrid"),
    needs=("projections", "mlp"),
    hyperparameters=(
        Hyperparameter(
            name="rank",
            type="int",
            default=8,
            low=1,
            high=256,
            search=(2, 64),
            log=True,
            description="Rows of U, columns of V, and both sides of S.",
            source="the authors' code, as frequent as 16",
        ),
        Hyperparameter(
            name="scale",
            type="float",
            default=10.0,
            low=0.01,
            high=100.0,
            log=True,
            description="Factor s of the update.",
            source="the authors' code, most frequent of both forms",
        ),
        Hyperparameter(
            name="dropout",
            type="float",
            default=0.1,
            low=0.0,
            high=0.9,
            search=(0.0, 0.5),
            description="Probability of zeroing what S gives out during training.",
            source="the authors' code",
        ),
    ),
    learning_rate=1e-3,
    identity_at_initialisation=True,
    mergeable=True,
    paper=Paper(
        title="FacT: Factor-Tuning for Lightweight Adaptation on Vision Transformer",
        year=2023,
        url="https://arxiv.org/abs/2212.03145",
    ),
)
ADDRESS = "medpeft_plugins.methods.fact_tt.method:FacTTT"
