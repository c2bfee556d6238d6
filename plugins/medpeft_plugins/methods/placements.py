"""Where adapters can stand, as data."""

PLACEMENTS = ("houlsby", "pfeiffer")
"""Behind every attention and feed-forward part, or behind the feed-forward parts alone.

In a network without feed-forward parts of two layers, both are behind the attentions.
"""
