"""Is it asked, rather than said? "有头屑吗", "能不能止痒", "是不是敏感肌都能用"."""

import re

from tagging import texts

_SENTENCE_END = re.compile("[" + re.escape("".join(sorted(texts.SENTENCE_ENDS))) + "]")
_ASKS = re.compile(
    r"[吗么嘛呢](?=$|[,. ~])"
    r"|(?P<either>[\u4e00-\u9fff])[不没](?P=either)"  # 是不是, 能不能, 有没有
    r"|可不可以|是否|能否|可否|有无"
    r"|怎么(?!都|也|样都)|怎样|如何|为什么|为啥|为何|咋(?!都|也)"
    r"|什么时候|啥时候|几时|多久|多少|几天|哪[种款个些里位家儿]|谁(?!都|也|知)"
    r"|(?<!没)(?:有|是|要|用|买|选)什么|(?:有|是)啥"
)


def is_asked(text: str, start: int, end: int) -> bool:
    """Whether the sentence around ``text[start:end]`` of a folded text is a question."""
    first = texts.sentence_start(text, start)
    after = _SENTENCE_END.search(text, end)
    if after is not None and after[0] == "?":
        return True
    return _ASKS.search(text, first, after.start() if after else len(text)) is not None
