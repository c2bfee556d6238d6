"""What holds for all tests."""

from hypothesis import settings

# Examples are the same in every run, and a busy machine is no failure.
settings.register_profile("medpeft", deadline=None, derandomize=True)
settings.load_profile("medpeft")
