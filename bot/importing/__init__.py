"""A county's own list of pregnant women, brought in from a workbook."""
