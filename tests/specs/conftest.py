import pytest

from medpeft_sdk import specs

SHA = "0" * 64


@pytest.fixture(scope="session")
def examples():
    """One complete example of every spec, so that no field goes untested."""
    rank = specs.Hyperparameter(
        name="rank", type="int", default=8, low=1, high=256, log=True, description="Rank."
    )
    cell = specs.CellSpec(
        dataset=specs.DatasetRef(name="busi", fingerprint=SHA),
        subset=specs.Subset(shots=16),
        backbone=specs.BackboneRef(name="timm/resnet18.a1_in1k", weights=SHA),
        method="lora",
        hyperparameters={"rank": 8, "alpha": 1.0, "bias": False, "where": "all"},
        seed=0,
        recipe=specs.Recipe(image_size=64, patience=3),
        selection_metric="auroc",
    )
    protocol = specs.ProtocolSpec(
        name="quick",
        version=1,
        title="Quick",
        methods=("linear",),
        datasets=("busi",),
        backbones=("timm/resnet18",),
        subsets=(specs.Subset(shots=16), specs.Subset(fraction=0.1)),
        seeds=(0, 1),
        metrics=("auroc", "f1"),
    )
    look = specs.Look(step=10, training_loss=0.5, validation_loss=0.6, score=None)
    result = specs.ResultSpec(
        identity_version=1,
        cell_id=SHA,
        cell=cell,
        status="ok",
        metrics={"auroc": specs.Estimate(value=0.9, low=0.8, high=1.0, n=100)},
        parameters=specs.ParameterCounts(total=10, trainable=4, added=2, stored=4, head=2),
        costs=specs.Costs(
            setup_seconds=0.1,
            training_seconds=1.0,
            evaluation_seconds=0.2,
            images_per_second=320.0,
            peak_memory_bytes=1 << 30,
            steps=10,
            micro_batch_size=32,
            phases={"train": specs.Phase(seconds=0.9, memory_bytes=1 << 20)},
            training_step=specs.TrainingStep(flops=1000, images=32),
            inference=specs.Inference(
                flops=10,
                single=specs.Latency(batch_size=1, median_seconds=0.01, spread_seconds=0.001, n=30),
            ),
            merged=specs.Inference(reason="it cannot be merged"),
            energy=specs.Energy(joules=50.0, seconds=1.0),
        ),
        training=specs.Training(
            learning_rate=1e-3,
            best_step=10,
            samples=32,
            validation_samples=16,
            looks=(look,),
        ),
        environment=specs.Environment(
            python="3.11.0",
            platform="Linux",
            device="cpu",
            precision="float32",
            threads=1,
            deterministic=True,
            versions={"torch": "2.6.0"},
        ),
        provenance=(
            specs.Origin(kind="method", name="lora", distribution="medpeft-sdk", version="0.1.0"),
        ),
        protocol=specs.ProtocolRef(name="quick", version=1, hash=SHA, ruleset="fixed"),
        synthetic=False,
        files={"predictions.parquet": SHA},
        created="2026-01-01T00:00:00Z",
    )
    return [
        rank,
        cell,
        protocol,
        result,
        specs.MethodSpec(
            name="lora",
            title="LoRA",
            kind="reparameterised",
            formula="W + BA",
            families=("cnn", "transformer"),
            needs=("linears",),
            hyperparameters=(rank,),
            learning_rate=1e-3,
            identity_at_initialisation=True,
            mergeable=True,
            paper=specs.Paper(title="LoRA", year=2021, url="https://arxiv.org/abs/2106.09685"),
            provenance="A",
        ),
        specs.BackboneSpec(
            name="timm/resnet18.a1_in1k",
            title="ResNet-18",
            family="cnn",
            library="timm",
            architecture="resnet18",
            arguments={"drop_rate": 0.0},
            image_size=224,
            mean=(0.485, 0.456, 0.406),
            std=(0.229, 0.224, 0.225),
            weights=specs.Weights(source="hub", location="timm/resnet18.a1_in1k", revision="abc"),
            licence="apache-2.0",
        ),
        specs.DatasetSpec(
            name="folder:/data/x",
            title="A folder",
            classes=("benign", "malignant"),
            modality="ultrasound",
            group="patient",
            licence="unknown",
            access="yours",
            counts={"benign": 2},
        ),
        specs.MetricSpec(name="auroc", title="AUROC", higher_is_better=True, description="Area."),
        specs.ExecutorSpec(name="serial", title="Serial", description="One process."),
        specs.CommandSpec(name="my-group", title="Mine"),
    ]
