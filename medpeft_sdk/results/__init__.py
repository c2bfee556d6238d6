"""The store of results, the rows they become, and what is exported of them."""

from medpeft_sdk.results.atomic import check_replaceable, write_output, write_text
from medpeft_sdk.results.damage import no_results
from medpeft_sdk.results.export import FORMATS, export_text, to_csv, to_json
from medpeft_sdk.results.latex import to_latex
from medpeft_sdk.results.rows import row
from medpeft_sdk.results.searches import SearchStore
from medpeft_sdk.results.store import FINAL, ResultStore
from medpeft_sdk.results.summary import Summary, by_protocol, summarise

__all__ = [
    "FINAL",
    "FORMATS",
    "ResultStore",
    "SearchStore",
    "Summary",
    "by_protocol",
    "check_replaceable",
    "export_text",
    "no_results",
    "row",
    "summarise",
    "to_csv",
    "to_json",
    "to_latex",
    "write_output",
    "write_text",
]
