"""FacT-TK: the updates of all layers as one tensor in Tucker form."""

from medpeft_sdk.specs import Hyperparameter, MethodSpec, Paper

SPEC = MethodSpec(
    name="fact_tk",
    title="FacT (Tucker)",
    kind="reparameterised",
    formula="W' = W + s V (sum_k P[k, i] C[:, :, k]) U for the i-th matrix: U, V and C are shared "
    "by all layers; V = 0 at the start",
    where="query, key, value and output of every attention and both layers of every feed-forward "
    "part, which count as several square matrices side by side",
    notes="In a network of several widths, such as Swin, the layers of one width share U, V and C; "
    "the paper's networks have one width. Layers that are no multiple of the width of the tokens, "
    "such as some gated feed-forward parts, are left out. The cores of a feed-forward layer's "
    "matrices are interleaved by columns, as the authors' code does. They search s for each "
    "dataset among 0.01 to 100.",
    families=("cnn", "transformer", "hybrid"),
    needs=("projections", "mlp"),
    hyperparameters=(
        Hyperparameter(
            name="rank",
            type="int",
            default=16,
            low=1,
            high=256,
            search=(2, 64),
            log=True,
            description="Rows of U, columns of V, rows of P, and all sides of C.",
            source="the authors' code; 32 is more frequent, but too much for narrow networks",
        ),
        Hyperparameter(
            name="scale",
            type="float",
            default=10.0,
            low=0.01,
            high=100.0,
            log=True,
            description="Factor s of the update.",
            source="the authors' code, most frequent",
        ),
        Hyperparameter(
            name="dropout",
            type="float",
            default=0.1,
            low=0.0,
            high=0.9,
            search=(0.0, 0.5),
            description="Probability of zeroing what the core gives out during training.",
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
ADDRESS = "medpeft_plugins.methods.fact_tk.method:FacTTK"
