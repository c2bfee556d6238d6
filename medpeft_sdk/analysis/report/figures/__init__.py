"""The figures of a report, one a module."""
