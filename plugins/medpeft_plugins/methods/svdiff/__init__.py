"""SVDiff: the singular values of the weights are shifted."""

from medpeft_sdk.specs import Hyperparameter, MethodSpec, Paper

SPEC = MethodSpec(
    name="svdiff",
    title="SV-Diff (spectral shifts)",
    kind="reparameterised",
    formula="W' = U diag(relu(S + s delta)) V^T with W = U diag(S) V^T; delta = 0 at the start",
    where="every convolution (its weight as a matrix, one row an output), every linear layer, and "
    "the gains of every norm",
    notes="It is computed as W plus what the shifts change, which is the same and leaves W "
    "exactly as it was where delta is 0. The authors train the shifts of the norms at a "
    "thousandth of the rate; here they have the same one, and norms = false leaves them out. "
    "Counts without norms are those of other tables.",
    families=("cnn", "transformer", "hybrid", "mlp", "unet"),
    needs=("convs", "linears"),
    hyperparameters=(
        Hyperparameter(
            name="scale",
            type="float",
            default=1.0,
            low=0.01,
            high=100.0,
            log=True,
            description="Factor s of the shifts.",
            source="the authors' reimplementation in PyTorch",
        ),
        Hyperparameter(
            name="norms",
            type="bool",
            default=True,
            description="Whether the gains of a norm, as a matrix of one row, get a shift too.",
            source="the authors' reimplementation in PyTorch",
        ),
    ),
    learning_rate=3e-3,
    identity_at_initialisation=True,
    mergeable=True,
    paper=Paper(
        title="SVDiff: Compact Parameter Space for Diffusion Fine-Tuning",
        year=2023,
        url="https://arxiv.org/abs/2303.11305",
    ),
    provenance="A",
)
ADDRESS = "medpeft_plugins.methods.svdiff.method:SVDiff"
