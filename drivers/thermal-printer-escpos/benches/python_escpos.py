"""The reference ticket by python-escpos: one line for each way, its name and its bytes, with a tab between.

Called by benches/print.rs with the picture of the ticket and its words: python3 python_escpos.py PICTURE TEXT.
"""

import sys
from importlib.metadata import version

from escpos.constants import QR_ECLEVEL_M
from escpos.printer import Dummy


def count(name, draw):
    printer = Dummy(profile="TM-T20II")
    printer.hw("INIT")
    draw(printer)
    printer.cut(mode="PART", feed=False)
    print(name, len(printer.output), sep="\t")


def words(printer, lines, native):
    for line in lines:
        kind, _, text = line.partition("\t")
        if kind == "qr":
            printer.qr(text, ec=QR_ECLEVEL_M, size=6, native=native, center=False)
        elif kind == "number":
            printer.set(align="center", custom_size=True, width=6, height=6)
            printer.textln(text)
            printer.set(align="center", normal_textsize=True)
        else:
            printer.set(align="center", bold=kind == "bold")
            printer.textln(text)


def main():
    picture, text = sys.argv[1:]
    with open(text, encoding="utf-8") as file:
        lines = file.read().splitlines()
    print("version", version("python-escpos"), sep="\t")
    for name, way in [
        ("raster, `GS v 0`", "bitImageRaster"),
        ("raster, `GS ( L`", "graphics"),
        ("columns, `ESC *`", "bitImageColumn"),
    ]:
        count(name, lambda printer: printer.image(picture, impl=way))
    count("text by pages, native QR", lambda printer: words(printer, lines, True))
    count("text by pages, QR as picture", lambda printer: words(printer, lines, False))


main()
