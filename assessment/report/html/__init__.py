"""Pieces of the HTML report, which pytest-html puts together; no scripts, everything escaped."""

from assessment.report.html.classes import class_summary_html
from assessment.report.html.rows import (
    class_header_cells,
    class_row_cells,
    class_row_log,
    header_cells,
    row_cells,
    row_extra_html,
)
from assessment.report.html.students import page_name, student_page
from assessment.report.html.summary import summary_html

__all__ = [
    "class_header_cells",
    "class_row_cells",
    "class_row_log",
    "class_summary_html",
    "header_cells",
    "page_name",
    "row_cells",
    "row_extra_html",
    "student_page",
    "summary_html",
]
