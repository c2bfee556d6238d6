"""Where adapters can stand, as data."""

PLACEMENTS = ("houlsby", "pfeiffer")
"""Behind every attention and feed-forward part, or behind the feed-forward parts alone."""
