"""The embedded backbone: a small vision transformer pretrained on images drawn from formulas."""
