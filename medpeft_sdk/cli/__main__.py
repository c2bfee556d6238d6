"""``python -m medpeft_sdk.cli`` is ``medpeft``."""

from medpeft_sdk.cli.main import main

main()
