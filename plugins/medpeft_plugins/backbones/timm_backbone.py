"""Building a network of timm, with weights from the Hub or from a file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import timm
import torch
from timm.models import get_pretrained_cfg, is_model
from torch import Tensor, nn

from medpeft_plugins.backbones.hub import download
from medpeft_sdk.anatomy import BackboneBuilder, check_digest, load_state
from medpeft_sdk.errors import UnsupportedError, WeightsError


class TimmBackbone(BackboneBuilder):
    """Builds what `medpeft_plugins.backbones.timm_names.resolve` describes."""

    def build(self, *, num_classes: int, image_size: int, pretrained: bool) -> nn.Module:
        """Builds the network; see `BackboneBuilder.build`."""
        if pretrained:
            model = self._load(image_size)
            model.reset_classifier(num_classes)
        else:
            model = self._create(image_size, num_classes=num_classes)
        if image_size != self.spec.image_size:
            _check_forward(model, image_size, self.spec.architecture)
        return model.float()

    def _load(self, image_size: int) -> Any:
        """Builds the network as the file has it, classifier included: then all of it must fit."""
        file = self._file()
        state = load_state(file)
        failure: WeightsError | None = None
        for num_classes in self._possible_classes(state):
            # timm converts older layouts of the keys, resamples position embeddings, and is strict.
            weights = {"state_dict": state, "num_classes": num_classes, "label_offset": 0}
            try:
                model = self._create(
                    image_size,
                    num_classes=num_classes,
                    pretrained=True,
                    pretrained_cfg_overlay=weights,
                )
            except UnsupportedError:
                raise
            # The conversions index into the state and may raise anything on a foreign one.
            except Exception as error:
                failure = failure or _misfit(file, error, self.spec.architecture)
                continue
            # timm keeps a copy of the weights here, which every copy of the network would copy.
            model.pretrained_cfg.pop("state_dict")
            return model
        assert failure is not None, "at least one number of classes is tried"
        raise failure

    def _create(self, image_size: int, **arguments: Any) -> Any:
        """Calls timm, with an image size where the architecture is built for one size."""
        architecture = self.spec.architecture
        configuration = get_pretrained_cfg(architecture)
        fixed = configuration is not None and configuration.fixed_input_size
        if not fixed or image_size == self.spec.image_size:
            return timm.create_model(architecture, **self.spec.arguments, **arguments)
        _check_constructible(architecture, image_size, self.spec.arguments)
        return timm.create_model(
            architecture, img_size=image_size, **self.spec.arguments, **arguments
        )

    def _file(self) -> Path:
        weights = self.spec.weights
        if weights is None:
            raise WeightsError(
                f"timm has no pretrained weights for {self.spec.architecture}",
                where=self.spec.name,
                expected="a tag with weights, or a file of one's own",
                mend="--weights FILE, or another tag",
            )
        if weights.source == "hub":
            configuration = get_pretrained_cfg(self.spec.architecture)
            file = download(weights, configuration.hf_hub_filename if configuration else None)
        else:
            file = Path(weights.location)
        if weights.sha256 is not None:
            check_digest(file, weights.sha256)
        return file

    def _possible_classes(self, state: dict[str, Tensor]) -> tuple[int, ...]:
        """Returns how many classes the file's classifier has, or may have where names differ."""
        configuration = get_pretrained_cfg(self.spec.architecture)
        assert configuration is not None, "timm has a configuration for each of its models"
        classifier = configuration.classifier or ""
        name = classifier if isinstance(classifier, str) else classifier[0]
        weight = state.get(f"{name}.weight")
        return (len(weight),) if weight is not None else (configuration.num_classes, 0)


def _check_constructible(architecture: str, image_size: int, arguments: dict[str, Any]) -> None:
    """Refuses an image size for which timm cannot even lay out the architecture."""
    try:
        with torch.device("meta"):
            model = timm.create_model(architecture, img_size=image_size, **arguments)
    except Exception as error:
        raise _unsupported_size(architecture, image_size, error) from error
    embedding = getattr(model, "patch_embed", None)
    size = getattr(embedding, "patch_size", 1)
    patch = size if isinstance(size, int) else max(size)
    if image_size % patch and not getattr(embedding, "dynamic_img_pad", False):
        raise _unsupported_size(architecture, image_size, f"its patches are {patch} pixels wide")


@torch.inference_mode()
def _check_forward(model: nn.Module, image_size: int, architecture: str) -> None:
    """Refuses an image size that the network fails on."""
    training = model.training
    try:
        model.eval()(torch.zeros(1, 3, image_size, image_size))
    except Exception as error:
        raise _unsupported_size(architecture, image_size, error) from error
    finally:
        model.train(training)


def _unsupported_size(
    architecture: str, image_size: int, reason: Exception | str
) -> UnsupportedError:
    found = (str(reason).splitlines() or [type(reason).__name__])[0]
    return UnsupportedError(
        f"{architecture} cannot take images of {image_size} pixels: {found:.200}",
        expected="an image size that the architecture divides evenly",
        mend="set image_size in the recipe to the backbone's own, or to a multiple of its patches",
    )


def _misfit(file: Path, error: Exception, architecture: str) -> WeightsError:
    """Says which names or shapes do not fit, in the words of torch's complaint, shortened."""
    lines = [line.strip() for line in str(error).splitlines()]
    complaints = [
        *(f"'{name}' is missing" for name in _first_name(lines, "Missing key")),
        *(f"'{name}' is unknown" for name in _first_name(lines, "Unexpected key")),
        *(
            f"'{match[1]}' has shape ({match[2]}), not ({match[3]})"
            for line in lines
            if (match := _SIZES.match(line))
        ),
    ]
    told = "; ".join(complaints[:3]) or f"{type(error).__name__}: {lines[0] if lines else ''}"
    guess = _architecture_in(file.name)
    base = architecture.partition(".")[0]
    named = guess is not None and guess != base
    return WeightsError(
        f"the weights do not fit {architecture}: {told:.400}",
        where=str(file),
        expected=f"the tensors of timm's {base}, by name and shape",
        mend=f"--backbone timm/{guess}, which the file's name speaks of"
        if named
        else "choose the backbone that the weights are of",
    )


_SIZES = re.compile(
    r"size mismatch for (\S+): copying a param with shape torch\.Size\(\[(.*?)\]\) "
    r"from checkpoint, the shape in current model is torch\.Size\(\[(.*?)\]\)"
)


def _first_name(lines: list[str], start: str) -> list[str]:
    for line in lines:
        if line.startswith(start) and (match := re.search(r'"([^"]+)"', line)):
            return [match[1]]
    return []


def _architecture_in(file_name: str) -> str | None:
    """Returns the longest beginning of a file's name that names a model of timm."""
    stem = re.split(r"[.\-@]", file_name)[0]
    parts = stem.split("_")
    names = ("_".join(parts[:n]) for n in range(len(parts), 0, -1))
    return next((name for name in names if is_model(name)), None)
