"""Building the networks that ship with the package."""

from __future__ import annotations

from pathlib import Path

from timm.models.resnet import ResNet
from timm.models.vision_transformer import VisionTransformer
from torch import nn

from medpeft_plugins.backbones.embedded import architectures
from medpeft_sdk.anatomy import BackboneBuilder, check_digest, load_state
from medpeft_sdk.errors import UnsupportedError, WeightsError

_FOLDER = Path(architectures.__file__).parent


class EmbeddedBackbone(BackboneBuilder):
    """Builds ``embedded/`` networks; weights are stored in half precision and used in single."""

    def build(self, *, num_classes: int, image_size: int, pretrained: bool) -> nn.Module:
        """Builds the network; see `BackboneBuilder.build`."""
        model = architectures.build(self.spec.architecture)
        if pretrained:
            self._load(model)
        if not isinstance(model, ResNet):
            self._set_image_size(model, image_size)
        model.reset_classifier(num_classes)
        return model

    def _set_image_size(self, model: VisionTransformer, image_size: int) -> None:
        patch = model.patch_embed.patch_size[0]
        if image_size % patch:
            raise UnsupportedError(
                f"{self.spec.name} cannot take images of {image_size} pixels",
                expected=f"a multiple of its patches, {patch} pixels",
                mend=f"set image_size in the recipe to {max(image_size // patch, 1) * patch}",
            )
        if image_size != self.spec.image_size:
            model.set_input_size((image_size, image_size))

    def _load(self, model: nn.Module) -> None:
        weights = self.spec.weights
        assert weights is not None, "the embedded backbone has weights"
        file = Path(weights.location)
        file = _FOLDER / file if weights.source == "package" else file
        if weights.sha256 is not None:
            check_digest(file, weights.sha256)
        state = load_state(file)
        own = model.state_dict()
        for name in (*own, *state):
            if name not in own or name not in state or own[name].shape != state[name].shape:
                found = tuple(state[name].shape) if name in state else "no such tensor"
                wanted = tuple(own[name].shape) if name in own else "no such tensor"
                raise WeightsError(
                    f"the weights do not fit {self.spec.name}: '{name}': {found}",
                    where=str(file),
                    expected=f"'{name}': {wanted}",
                    mend="choose the backbone that the weights are of",
                )
        model.load_state_dict(state)
