"""The built-in backbones: names, weights files that fit and that do not, image sizes."""

from pathlib import Path
from typing import Any

import huggingface_hub.errors
import pytest
import timm
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from medpeft_plugins.backbones import RESNET_1M, VIT_1M, VIT_2M, hub
from medpeft_plugins.backbones.embedded import architectures
from medpeft_plugins.backbones.timm_names import resolve
from medpeft_sdk.anatomy import BackboneBuilder, hash_file
from medpeft_sdk.errors import UnknownNameError, UnsupportedError, WeightsError
from medpeft_sdk.registry import load_registry
from medpeft_sdk.specs import BackboneSpec, Weights

FOLDER = Path(architectures.__file__).parent
VIT = "timm/vit_tiny_patch16_224"


def builder(name: str, file: Path | None = None, **arguments: Any) -> BackboneBuilder:
    entry = load_registry().backbones.get(name)
    spec: BackboneSpec = entry.spec
    if file is not None:
        weights = Weights(source="file", location=str(file), sha256=hash_file(file))
        spec = spec.model_copy(update={"weights": weights})
    spec = spec.model_copy(update={"arguments": arguments})
    loaded: BackboneBuilder = entry.load()(spec)
    return loaded


def saved(folder: Path, architecture: str, name: str | None = None, **arguments: Any) -> Path:
    torch.manual_seed(3)
    file = folder / (name or f"{architecture}.safetensors")
    state = timm.create_model(architecture, **arguments).state_dict()
    save_file(state, file) if file.suffix == ".safetensors" else torch.save(state, file)
    return file


def without_head(model: nn.Module) -> dict[str, Tensor]:
    heads = tuple(n for n, m in model.named_modules() if m is model.get_classifier() and n)
    return {n: t for n, t in model.state_dict().items() if not n.startswith(heads or "-")}


class TestNames:
    def test_the_default_tag_is_written_out(self) -> None:
        spec = resolve("timm/resnet50")
        assert spec.name == "timm/resnet50.a1_in1k"
        assert spec.family == "cnn" and spec.image_size == 224
        assert spec.weights == Weights(source="hub", location="timm/resnet50.a1_in1k")
        assert resolve(spec.name) == spec

    def test_a_tag_and_a_revision_are_kept(self) -> None:
        spec = resolve("timm/vit_base_patch16_224.augreg_in21k@abc123")
        assert spec.name == "timm/vit_base_patch16_224.augreg_in21k"
        assert spec.family == "transformer" and spec.mean == (0.5, 0.5, 0.5)
        assert spec.weights is not None and spec.weights.revision == "abc123"

    def test_an_architecture_without_weights(self) -> None:
        assert resolve("timm/mixer_s32_224").weights is None
        with pytest.raises(WeightsError, match="no pretrained weights"):
            builder("timm/mixer_s32_224").build(num_classes=2, image_size=224, pretrained=True)

    @pytest.mark.parametrize(
        ("name", "meant"),
        [("timm/resnet5O", "timm/resnet50"), ("timm/resnet50.a1_in1", "timm/resnet50.a1_in1k")],
    )
    def test_unknown_names(self, name: str, meant: str) -> None:
        with pytest.raises(UnknownNameError) as raised:
            resolve(name)
        assert meant in (raised.value.mend or "")


class TestFiles:
    @pytest.mark.parametrize("file_classes", [0, 5, 1000])
    @pytest.mark.parametrize("name", ["any.safetensors", "any.pth"])
    def test_all_but_the_classifier_is_loaded(
        self, tmp_path: Path, file_classes: int, name: str
    ) -> None:
        file = saved(tmp_path, "mobilenetv3_small_050", name, num_classes=file_classes)
        torch.manual_seed(3)
        original = timm.create_model("mobilenetv3_small_050", num_classes=file_classes)
        model = builder("timm/mobilenetv3_small_050", file).build(
            num_classes=3, image_size=64, pretrained=True
        )
        assert model.eval()(torch.zeros(2, 3, 64, 64)).shape == (2, 3)
        loaded, stored = without_head(model), without_head(original)
        assert loaded.keys() == stored.keys()
        assert all(torch.equal(loaded[n], stored[n]) for n in stored)
        assert "state_dict" not in model.pretrained_cfg

    def test_half_precision_is_used_in_single(self, tmp_path: Path) -> None:
        state = timm.create_model("mobilenetv3_small_050").state_dict()
        save_file({n: t.half() for n, t in state.items()}, tmp_path / "half.safetensors")
        model = builder("timm/mobilenetv3_small_050", tmp_path / "half.safetensors").build(
            num_classes=2, image_size=64, pretrained=True
        )
        assert {p.dtype for p in model.parameters()} == {torch.float32}

    def test_position_embeddings_are_resampled(self, tmp_path: Path) -> None:
        small = {"embed_dim": 24, "depth": 1, "num_heads": 2}
        file = saved(tmp_path, "vit_tiny_patch16_224", **small)
        model = builder(VIT, file, **small).build(num_classes=2, image_size=64, pretrained=True)
        assert model.pos_embed.shape == (1, 17, 24)
        assert model(torch.zeros(1, 3, 64, 64)).shape == (1, 2)

    def test_another_architecture_is_named(self, tmp_path: Path) -> None:
        file = saved(tmp_path, "mobilenetv3_small_050", "mobilenetv3_small_050.some.safetensors")
        with pytest.raises(WeightsError) as raised:
            builder("timm/mobilenetv2_050", file).build(
                num_classes=2, image_size=64, pretrained=True
            )
        message = str(raised.value)
        assert str(file) in message and "is missing" in message and "has shape" in message
        assert "--backbone timm/mobilenetv3_small_050" in message

    def test_an_altered_file_is_refused(self, tmp_path: Path) -> None:
        file = saved(tmp_path, "mobilenetv3_small_050")
        build = builder("timm/mobilenetv3_small_050", file).build
        state = timm.create_model("mobilenetv3_small_050").state_dict()
        save_file({n: t * 2 for n, t in state.items()}, file)
        with pytest.raises(WeightsError, match="SHA-256"):
            build(num_classes=2, image_size=64, pretrained=True)


class TestHub:
    def fetch(self, monkeypatch: pytest.MonkeyPatch, error: Exception | None, file: Path) -> Path:
        def hf_hub_download(repository: str, name: str, revision: str | None) -> str:
            if error is not None:
                raise error
            assert (repository, name, revision) == ("timm/x", "model.safetensors", "abc")
            return str(file)

        monkeypatch.setattr(hub, "hf_hub_download", hf_hub_download)
        return hub.download(Weights(source="hub", location="timm/x", revision="abc"), None)

    def test_the_pinned_revision_is_fetched(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        assert self.fetch(monkeypatch, None, tmp_path / "w") == tmp_path / "w"

    @pytest.mark.parametrize(
        ("error", "said"),
        [
            (huggingface_hub.errors.LocalEntryNotFoundError("x"), "cannot be reached"),
            (huggingface_hub.errors.EntryNotFoundError("x"), "no weights file of a known name"),
            (OSError("disk full"), "disk full"),
        ],
    )
    def test_failures_say_what_to_do(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception, said: str
    ) -> None:
        with pytest.raises(WeightsError, match=said) as raised:
            self.fetch(monkeypatch, error, tmp_path)
        assert "--weights FILE" in (raised.value.mend or "")

    def test_other_file_names_come_second_to_safetensors(self) -> None:
        assert list(hub._candidates(None)) == ["model.safetensors", "pytorch_model.bin"]
        assert list(hub._candidates("open_clip.bin")) == ["open_clip.safetensors", "open_clip.bin"]


class TestImageSizes:
    @pytest.mark.parametrize(
        ("name", "size"),
        [(VIT, 32), ("timm/swin_tiny_patch4_window7_224", 64), ("timm/convnext_atto", 32)],
    )
    def test_supported(self, name: str, size: int) -> None:
        model = builder(name).build(num_classes=2, image_size=size, pretrained=False)
        assert model.training
        assert model(torch.zeros(1, 3, size, size)).shape == (1, 2)

    @pytest.mark.parametrize(
        ("name", "size"), [(VIT, 40), ("timm/densenet121", 16), ("embedded/vit_1m", 60)]
    )
    def test_unsupported(self, name: str, size: int) -> None:
        with pytest.raises(UnsupportedError, match=f"images of {size} pixels"):
            builder(name).build(num_classes=2, image_size=size, pretrained=False)


class TestEmbedded:
    def half(self, folder: Path) -> Path:
        torch.manual_seed(3)
        state = {n: t.half() for n, t in architectures.build("vit_1m").state_dict().items()}
        save_file(state, folder / "vit.safetensors")
        return folder / "vit.safetensors"

    @pytest.mark.parametrize("size", [32, 64, 96])
    def test_it_is_built_at_any_multiple_of_its_patches(self, tmp_path: Path, size: int) -> None:
        model = builder("embedded/vit_1m", self.half(tmp_path)).build(
            num_classes=4, image_size=size, pretrained=True
        )
        assert model(torch.zeros(2, 3, size, size)).shape == (2, 4)
        assert {p.dtype for p in model.parameters()} == {torch.float32}

    def test_half_precision_weights_are_loaded_exactly(self, tmp_path: Path) -> None:
        model = builder("embedded/vit_1m", self.half(tmp_path)).build(
            num_classes=4, image_size=64, pretrained=True
        )
        torch.manual_seed(3)
        expected = {
            n: t.half().float() for n, t in architectures.build("vit_1m").state_dict().items()
        }
        assert all(torch.equal(model.state_dict()[n], t) for n, t in expected.items())

    def test_other_weights_are_refused(self, tmp_path: Path) -> None:
        file = saved(tmp_path, "mobilenetv3_small_050")
        with pytest.raises(WeightsError, match="do not fit embedded/vit_1m"):
            builder("embedded/vit_1m", file).build(num_classes=4, image_size=64, pretrained=True)

    @pytest.mark.parametrize(
        ("spec", "parameters"), [(VIT_1M, 1.03e6), (VIT_2M, 2.1e6), (RESNET_1M, 1.25e6)]
    )
    def test_they_ship_with_their_weights(self, spec: BackboneSpec, parameters: float) -> None:
        model = builder(spec.name).build(num_classes=3, image_size=64, pretrained=True)
        count = sum(p.numel() for p in model.parameters())
        assert count == pytest.approx(parameters, rel=0.01)
        assert spec.weights is not None
        assert spec.weights.sha256 == hash_file(FOLDER / spec.weights.location)

    def test_they_are_small_and_each_has_a_card(self) -> None:
        files = list(FOLDER.glob("*.safetensors"))
        assert {f.stem for f in files} == set(architectures.ARCHITECTURES)
        assert all(f.with_suffix(".md").exists() for f in files)
        assert sum(f.stat().st_size for f in FOLDER.iterdir() if f.is_file()) <= 10_000_000

    def test_a_convolutional_network_takes_other_sizes(self) -> None:
        model = builder("embedded/resnet_1m").build(num_classes=3, image_size=50, pretrained=True)
        assert model(torch.zeros(2, 3, 50, 50)).shape == (2, 3)
