"""Reads the frames of a folder with zbar and zxing-cpp, for `cargo xtask bench scan`.

Usage: python3 peers.py FOLDER, which holds binary PGM files. One JSON line a frame and decoder on standard output:
{"decoder": ..., "file": ..., "ms": ..., "payloads_hex": [...]}; first one {"decoder": ..., "version": ...} for each
decoder that is installed, or {"decoder": ..., "missing": ...}.

zbar is called through its library (Debian's libzbar0) in binary mode, QR codes only: its text mode and its Python
module guess at encodings and mangle Vietnamese. zxing-cpp is the package of that name from PyPI, QR codes only.
"""

import ctypes
import json
import pathlib
import sys
import time

ZBAR_QRCODE = 64
ZBAR_CFG_ENABLE = 0
ZBAR_CFG_BINARY = 4


def say(**line):
    print(json.dumps(line), flush=True)


class Zbar:
    def __init__(self):
        lib = ctypes.CDLL("libzbar.so.0")
        pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
        for name, result, arguments in [
            ("zbar_version", number, [pointer] * 3),
            ("zbar_image_scanner_create", pointer, []),
            ("zbar_image_scanner_set_config", number, [pointer, number, number, number]),
            ("zbar_scan_image", number, [pointer, pointer]),
            ("zbar_image_create", pointer, []),
            ("zbar_image_destroy", None, [pointer]),
            ("zbar_image_set_format", None, [pointer, ctypes.c_ulong]),
            ("zbar_image_set_size", None, [pointer, ctypes.c_uint, ctypes.c_uint]),
            ("zbar_image_set_data", None, [pointer, pointer, ctypes.c_ulong, pointer]),
            ("zbar_image_first_symbol", pointer, [pointer]),
            ("zbar_symbol_next", pointer, [pointer]),
            ("zbar_symbol_get_data", pointer, [pointer]),
            ("zbar_symbol_get_data_length", ctypes.c_uint, [pointer]),
        ]:
            function = getattr(lib, name)
            function.restype, function.argtypes = result, arguments
        self.lib = lib
        parts = [ctypes.c_uint() for _ in range(3)]
        lib.zbar_version(*[ctypes.addressof(part) for part in parts])
        self.version = ".".join(str(part.value) for part in parts)
        self.scanner = lib.zbar_image_scanner_create()
        lib.zbar_image_scanner_set_config(self.scanner, 0, ZBAR_CFG_ENABLE, 0)
        lib.zbar_image_scanner_set_config(self.scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1)
        lib.zbar_image_scanner_set_config(self.scanner, ZBAR_QRCODE, ZBAR_CFG_BINARY, 1)

    def read(self, width, height, pixels):
        lib = self.lib
        image = lib.zbar_image_create()
        buffer = ctypes.create_string_buffer(pixels, len(pixels))
        lib.zbar_image_set_format(image, int.from_bytes(b"Y800", "little"))
        lib.zbar_image_set_size(image, width, height)
        lib.zbar_image_set_data(image, ctypes.addressof(buffer), len(pixels), None)
        start = time.thread_time()
        lib.zbar_scan_image(self.scanner, image)
        spent = time.thread_time() - start
        payloads = []
        symbol = lib.zbar_image_first_symbol(image)
        while symbol:
            length = lib.zbar_symbol_get_data_length(symbol)
            payloads.append(ctypes.string_at(lib.zbar_symbol_get_data(symbol), length))
            symbol = lib.zbar_symbol_next(symbol)
        lib.zbar_image_destroy(image)
        return spent, payloads


class ZxingCpp:
    def __init__(self):
        import importlib.metadata

        import numpy
        import zxingcpp

        self.numpy, self.zxingcpp = numpy, zxingcpp
        self.version = importlib.metadata.version("zxing-cpp")

    def read(self, width, height, pixels):
        image = self.numpy.frombuffer(pixels, self.numpy.uint8).reshape(height, width)
        start = time.thread_time()
        found = self.zxingcpp.read_barcodes(image, formats=self.zxingcpp.BarcodeFormat.QRCode)
        spent = time.thread_time() - start
        return spent, [bytes(code.bytes) for code in found if code.valid]


def grey(path):
    """Width, height and pixels of a binary PGM file with a header of three lines."""
    kind, size, most, pixels = path.read_bytes().split(b"\n", 3)
    assert kind == b"P5" and most == b"255", path
    width, height = map(int, size.split())
    return width, height, pixels


def main():
    frames = sorted(pathlib.Path(sys.argv[1]).glob("*.pgm"))
    for name, kind in [("zbar", Zbar), ("zxing-cpp", ZxingCpp)]:
        try:
            decoder = kind()
        except (OSError, ImportError) as error:
            say(decoder=name, missing=str(error))
            continue
        say(decoder=name, version=decoder.version)
        for path in frames:
            spent, payloads = decoder.read(*grey(path))
            say(decoder=name, file=path.name, ms=spent * 1e3, payloads_hex=[data.hex() for data in payloads])


if __name__ == "__main__":
    main()
