"""The command ``medpeft``: parse, call, render; one module per command group."""
