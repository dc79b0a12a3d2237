"""Traditional and simplified characters: to a rule, 髮 and 发 are one.

Character by character, as OpenCC's dictionary has them, so that every character keeps its place.
"""

from collections.abc import Mapping
from functools import cache

_HAN = (range(0x3400, 0xA000), range(0xF900, 0xFB00))


@cache
def simplified() -> Mapping[int, int]:
    """For ``str.translate``: the traditional characters and what is written for them now."""
    from opencc import OpenCC  # here: a process that reads no words can spare its dictionary

    convert = OpenCC("t2s").convert
    pairs = ((code, convert(chr(code))) for codes in _HAN for code in codes)
    return {code: ord(now) for code, now in pairs if len(now) == 1 and ord(now) != code}
