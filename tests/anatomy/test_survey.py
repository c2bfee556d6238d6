"""A small variant of each of timm's families, and of layouts within them: what is found in it."""

import pytest
import timm
import torch
from timm.models import list_models, list_modules

from medpeft_sdk.anatomy import family_of, find_sites

# Architecture: family, blocks, attentions, feed-forward parts. There are no blocks where a network
# lists none (VGG, DLA, NASNet, Inception v3), and no feed-forward part where a depthwise
# convolution stands between its two layers.
SURVEY = {
    "aimv2_large_patch14_224": ("transformer", 24, 24, 24),
    "bat_resnext26ts": ("cnn", 8, 0, 0),
    "beit_base_patch16_224": ("transformer", 12, 12, 12),
    "botnet26t_256": ("hybrid", 8, 3, 0),
    "caformer_s18": ("hybrid", 18, 12, 18),
    "cait_xxs24_224": ("transformer", 26, 26, 26),
    "coat_tiny": ("transformer", 14, 26, 14),
    "coatnet_pico_rw_224": ("hybrid", 12, 7, 7),
    "convformer_s18": ("cnn", 18, 0, 18),
    "convit_tiny": ("transformer", 12, 12, 12),
    "convmixer_768_32": ("cnn", 0, 0, 0),
    "convnext_atto": ("cnn", 12, 0, 12),
    "cpubone_nano": ("hybrid", 13, 3, 3),
    "crossvit_9_240": ("transformer", 18, 18, 12),
    "crossvit_tiny_240": ("transformer", 21, 21, 15),
    "cs3darknet_focus_s": ("cnn", 9, 0, 0),
    "csatv2": ("hybrid", 18, 4, 18),
    "cspnext_tiny": ("cnn", 5, 0, 0),
    "davit_tiny": ("hybrid", 12, 12, 12),
    "deepseek_vit_412m": ("transformer", 32, 32, 32),
    "deit_tiny_patch16_224": ("transformer", 12, 12, 12),
    "densenet121": ("cnn", 58, 0, 0),
    "dla60_res2net": ("cnn", 0, 0, 0),
    "dpn48b": ("cnn", 16, 0, 0),
    "eca_botnext26ts_256": ("hybrid", 8, 3, 0),
    "edgenext_xx_small": ("hybrid", 12, 3, 12),
    "efficientformer_l1": ("hybrid", 15, 1, 15),
    "efficientformerv2_s0": ("hybrid", 14, 5, 0),
    "efficientvim_m1": ("cnn", 6, 0, 6),
    "efficientvit_b0": ("hybrid", 11, 4, 0),
    "efficientvit_m0": ("hybrid", 12, 6, 16),
    "eva02_tiny_patch14_224": ("transformer", 12, 12, 12),
    "fasternet_t0": ("cnn", 13, 0, 13),
    "fastvit_ma36": ("hybrid", 41, 6, 0),
    "fastvit_t8": ("cnn", 15, 0, 0),
    "focalnet_tiny_srf": ("cnn", 12, 0, 12),
    "gcresnet33ts": ("cnn", 10, 0, 0),
    "gcvit_xxtiny": ("hybrid", 19, 12, 12),
    "gemma4_vit_167m_enc": ("transformer", 16, 16, 16),
    "gernet_s": ("cnn", 14, 0, 0),
    "ghostnet_050": ("cnn", 16, 0, 0),
    "gmlp_ti16_224": ("mlp", 30, 0, 0),
    "halonet26t": ("hybrid", 8, 3, 0),
    "hardcorenas_b": ("cnn", 18, 0, 0),
    "hgnetv2_b0": ("cnn", 11, 0, 0),
    "hiera_tiny_224": ("transformer", 12, 12, 12),
    "hrnet_w18_small": ("cnn", 23, 0, 0),
    "iformer_t": ("hybrid", 21, 5, 5),
    "inception_next_atto": ("cnn", 12, 0, 12),
    "inception_resnet_v2": ("cnn", 39, 0, 0),
    "inception_v3": ("cnn", 0, 0, 0),
    "inception_v4": ("cnn", 17, 0, 0),
    "lambda_resnet26t": ("hybrid", 8, 3, 0),
    "lcnet_035": ("cnn", 13, 0, 0),
    "lcnetv2_small": ("cnn", 11, 0, 0),
    "legacy_seresnet18": ("cnn", 8, 0, 0),
    "legacy_xception": ("cnn", 32, 0, 0),
    "levit_128s": ("transformer", 9, 11, 11),
    "levit_conv_128s": ("transformer", 9, 11, 11),
    "lowformer_b0": ("hybrid", 11, 7, 7),
    "mambaout_femto": ("cnn", 18, 0, 0),
    "maxvit_nano_rw_256": ("hybrid", 7, 14, 14),
    "maxvit_tiny_pm_256": ("hybrid", 11, 22, 11),
    "maxvit_pico_rw_256": ("hybrid", 11, 22, 22),
    "mixer_s32_224": ("mlp", 8, 0, 16),
    "mobilenetv4_hybrid_medium": ("hybrid", 31, 8, 4),
    "mobilenetv5_base": ("hybrid", 39, 13, 14),
    "mobilevit_xxs": ("hybrid", 16, 9, 9),
    "mobilevitv2_050": ("hybrid", 15, 9, 9),
    "mvitv2_small_cls": ("hybrid", 16, 16, 16),
    "mvitv2_tiny": ("hybrid", 10, 10, 10),
    "naflexvit_base_patch16_gap": ("transformer", 12, 12, 12),
    "nasnetalarge": ("cnn", 0, 0, 0),
    "nest_tiny": ("transformer", 12, 12, 12),
    "nextvit_small": ("hybrid", 20, 4, 20),
    "nf_regnet_b0": ("cnn", 16, 0, 0),
    "nfnet_l0": ("cnn", 12, 0, 0),
    "pit_xs_224": ("transformer", 12, 12, 12),
    "pnasnet5large": ("cnn", 0, 0, 0),
    "poolformer_s12": ("cnn", 12, 0, 12),
    "pvt_v2_b0": ("hybrid", 8, 8, 0),
    "qwen3_vit_88m": ("transformer", 12, 12, 12),
    "rdnet_tiny": ("cnn", 21, 0, 0),
    "regnetx_002": ("cnn", 13, 0, 0),
    "regnety_002": ("cnn", 13, 0, 0),
    "repghostnet_050": ("cnn", 16, 0, 0),
    "repvgg_a0": ("cnn", 21, 0, 0),
    "repvit_m1": ("cnn", 20, 0, 26),
    "res2net50_26w_4s": ("cnn", 16, 0, 0),
    "resmlp_12_224": ("mlp", 12, 0, 12),
    "resnest14d": ("cnn", 4, 0, 0),
    "resnet10t": ("cnn", 4, 0, 0),
    "resnet50_clip": ("cnn", 16, 1, 0),
    "resnetv2_18": ("cnn", 8, 0, 0),
    "rexnet_100": ("cnn", 16, 0, 0),
    "sam2_hiera_tiny": ("transformer", 12, 12, 12),
    "samvit_base_patch16_224": ("transformer", 12, 12, 12),
    "selecsls42": ("cnn", 6, 0, 0),
    "sequencer2d_s": ("mlp", 18, 0, 18),
    "shvit_s1": ("hybrid", 17, 9, 15),
    "skresnet18": ("cnn", 8, 0, 0),
    "starnet_s050": ("cnn", 6, 0, 0),
    "swiftformer_xs": ("hybrid", 16, 4, 4),
    "swin_tiny_patch4_window7_224": ("transformer", 12, 12, 12),
    "swinv2_cr_tiny_224": ("transformer", 12, 12, 12),
    "swinv2_tiny_window8_256": ("transformer", 12, 12, 12),
    "tiny_vit_5m_224": ("hybrid", 12, 10, 10),
    "tinynet_d": ("cnn", 11, 0, 0),
    "tnt_s_legacy_patch16_224": ("transformer", 12, 24, 24),
    "tresnet_m": ("cnn", 21, 0, 0),
    "twins_pcpvt_small": ("hybrid", 16, 16, 16),
    "twins_svt_small": ("hybrid", 18, 18, 18),
    "vgg11": ("cnn", 0, 0, 0),
    "visformer_tiny": ("hybrid", 15, 8, 8),
    "vit_base_patch16_rope_224": ("transformer", 12, 12, 12),
    "vit_base_patch16_siglip_224": ("transformer", 12, 13, 13),
    "vit_base_patch16_xp_224": ("transformer", 12, 12, 0),
    "vit_dwee_patch16_reg1_gap_256": ("transformer", 14, 14, 14),
    "vit_relpos_small_patch16_224": ("transformer", 12, 12, 12),
    "vit_small_patch16_18x2_224": ("transformer", 18, 36, 36),
    "vit_small_r26_s32_224": ("hybrid", 20, 12, 12),
    "vit_srelpos_small_patch16_224": ("transformer", 12, 12, 12),
    "vit_tiny_patch16_224": ("transformer", 12, 12, 12),
    "vitamin_small_224": ("hybrid", 20, 14, 14),
    "volo_d1_224": ("transformer", 20, 20, 20),
    "vovnet39a": ("cnn", 6, 0, 0),
    "xception41p": ("cnn", 39, 0, 0),
    "xcit_nano_12_p8_224": ("hybrid", 14, 14, 14),
}


@pytest.mark.parametrize("architecture", SURVEY)
def test_what_is_found_in_a_family(architecture: str) -> None:
    if not timm.is_model(architecture):
        pytest.skip("this version of timm lacks it")
    with torch.device("meta"):
        sites = find_sites(timm.create_model(architecture, num_classes=7))
    found = (family_of(sites), len(sites.blocks), len(sites.attention), len(sites.mlp))
    assert found == SURVEY[architecture]


@pytest.mark.parametrize("module", list_modules())
def test_every_family_has_sites_and_a_classifier(module: str) -> None:
    # Other variants than those of the survey, and families that timm may add.
    names = [name for name in list_models(module=module) if name not in SURVEY]
    if not names:
        pytest.skip("the survey has all of its architectures")
    with torch.device("meta"):
        model = timm.create_model(min(names, key=lambda name: (len(name), name)), num_classes=7)
    sites = find_sites(model)
    classifier = model.pretrained_cfg["classifier"] if model.num_classes else ()
    expected = (classifier,) if isinstance(classifier, str) else tuple(classifier or ())
    assert {site.path for site in sites.head} <= set(expected)
    assert bool(sites.head) == bool(expected)
    assert sites.convs or sites.linears
