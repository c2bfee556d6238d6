"""Side-by-side measurements against what a user would do instead: `make bench`."""
