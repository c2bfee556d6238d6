"""IA3: keys, values and hidden features are scaled, channel by channel."""

from medpeft_sdk.specs import MethodSpec, Paper

SPEC = MethodSpec(
    name="ia3",
    title="(IA)3",
    kind="reparameterised",
    formula="k' = l_k * k, v' = l_v * v, h' = l_ff * h for each channel; l = 1 at the start",
    where="keys and values of every attention, and what the second layer of every feed-forward "
    "part takes in",
    notes="The same as peft's on networks whose keys and values have layers of their own; where "
    "they are fused with the queries, peft would scale those too. Biases that an attention keeps "
    "apart from its layers, as in BEiT, are not scaled.",
    families=("transformer", "hybrid", "cnn", "mlp", "unet"),
    needs=("projections", "mlp"),
    learning_rate=1e-2,
    identity_at_initialisation=True,
    mergeable=True,
    paper=Paper(
        title="Few-Shot Parameter-Efficient Fine-Tuning is Better and Cheaper than In-Context "
        "Learning",
        year=2022,
        url="https://arxiv.org/abs/2205.05638",
    ),
)
ADDRESS = "medpeft_plugins.methods.ia3.method:IA3"
