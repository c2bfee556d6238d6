"""The embedded backbones: small networks pretrained on images drawn from formulas."""
