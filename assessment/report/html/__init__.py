"""Pieces of the HTML report, which pytest-html puts together; no scripts, everything escaped."""

from assessment.report.html.rows import header_cells, row_cells, row_extra_html
from assessment.report.html.summary import summary_html

__all__ = ["header_cells", "row_cells", "row_extra_html", "summary_html"]
