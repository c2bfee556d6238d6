"""Architecture of ``vit_1m``, the small vision transformer whose weights lie beside this file."""

from timm.models.vision_transformer import VisionTransformer


def build(num_classes: int = 0, drop_rate: float = 0.0) -> VisionTransformer:
    """Build the untrained network; it is timm's plain vision transformer, only small.

    Args:
        num_classes: Outputs of the linear classifier; 0 returns the 128 pooled features instead.
        drop_rate: Dropout before the classifier, in [0, 1).

    Returns:
        A network that maps RGB images (N, 3, 64, 64), scaled to [0, 1] and normalised with mean 0.5
        and standard deviation 0.5, to (N, ``num_classes``) logits or (N, 128) features.
    """
    return VisionTransformer(
        img_size=64,
        patch_size=8,
        embed_dim=128,
        depth=6,
        num_heads=4,
        mlp_ratio=3.0,
        qkv_bias=True,
        class_token=True,
        global_pool="token",
        num_classes=num_classes,
        drop_rate=drop_rate,
    )
