"""The sheets of the results workbook, one a file.

Each has `NAME` and `write(book, pack)`, which adds the sheet or raises `NotShownError` with
the reason.
"""
