"""A report of a results folder: one page, and its figures and tables as files."""

from medpeft_sdk.analysis.report.evidence import Evidence, gather
from medpeft_sdk.analysis.report.write import Written, assets_beside, check_writable, write_report

__all__ = ["Evidence", "Written", "assets_beside", "check_writable", "gather", "write_report"]
