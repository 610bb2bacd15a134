"""What Pillow answers: python3 pillow_reference.py PHOTOS CASES

PHOTOS: per photo its width and height (int32, little-endian) and its RGB bytes. CASES: lines
"photo method value", photos counted from 0 and in rising order. Prints, per case, the SHA-256 of
the resulting RGB bytes.
"""
import hashlib
import struct
import sys

from PIL import Image, ImageEnhance, ImageOps

ENHANCERS = {
    "pil-brightness": ImageEnhance.Brightness,
    "pil-contrast": ImageEnhance.Contrast,
    "pil-color": ImageEnhance.Color,
    "pil-sharpness": ImageEnhance.Sharpness,
}


def answer(photo, ready, method, value):
    if method == "pil-autocontrast":
        return ImageOps.autocontrast(photo, cutoff=value)
    if method == "pil-equalize":
        return ImageOps.equalize(photo)
    if method not in ready:
        ready[method] = ENHANCERS[method](photo)
    return ready[method].enhance(value)


def main():
    with open(sys.argv[2], encoding="ascii") as file:
        cases = [line.split() for line in file]
    with open(sys.argv[1], "rb") as file:
        last = -1
        for index, method, value in cases:
            while last < int(index):
                size = struct.unpack("<ii", file.read(8))
                photo = Image.frombytes("RGB", size, file.read(3 * size[0] * size[1]))
                ready = {}
                last += 1
            result = answer(photo, ready, method, float(value))
            print(hashlib.sha256(result.tobytes()).hexdigest())


main()
