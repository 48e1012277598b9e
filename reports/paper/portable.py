"""A PDF that says its title and its language."""

from __future__ import annotations

import re


def titled(pdf: bytes, title: str, language: str) -> bytes:
    """Add a title and a language to a PDF that names none, as an update at its end.

    Parameters
    ----------
    pdf : bytes
        Of one revision, as matplotlib writes it.
    title : str
    language : str
        For readers that speak it aloud, such as ``fr``.
    """
    size, root, info, start = _trailer(pdf)
    pages = _found(rb"/Pages (\d+ 0 R)", pdf).decode()
    objects = {
        root: f"<< /Type /Catalog /Pages {pages} /Lang ({language}) "
        "/ViewerPreferences << /DisplayDocTitle true >> >>",
        info: f"<< /Title <{title.encode('utf-16').hex()}> /Creator (arrcast) >>",
    }
    added, table = bytearray(), "xref\n"
    for number, said in sorted(objects.items()):
        table += f"{number} 1\n{len(pdf) + len(added):010d} 00000 n \n"
        added += f"{number} 0 obj\n{said}\nendobj\n".encode()
    end = len(pdf) + len(added)
    trailer = f"<< /Size {size} /Root {root} 0 R /Info {info} 0 R /Prev {start} >>"
    return pdf + bytes(added) + f"{table}trailer\n{trailer}\nstartxref\n{end}\n%%EOF\n".encode()


def _trailer(pdf: bytes) -> tuple[int, int, int, int]:
    """Give the number of objects, those of catalogue and information, and where the table is."""
    said = pdf[pdf.rindex(b"trailer") :]
    asked = (rb"/Size (\d+)", rb"/Root (\d+)", rb"/Info (\d+)", rb"startxref\s+(\d+)")
    size, root, info, start = (int(_found(pattern, said)) for pattern in asked)
    return size, root, info, start


def _found(pattern: bytes, said: bytes) -> bytes:
    match = re.search(pattern, said)
    if match is None:
        raise ValueError(f"not a PDF of this program: it has no {pattern!r}")
    return match[1]
