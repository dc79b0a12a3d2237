"""Of whom is it said? "我朋友是油皮" makes nobody's skin oily but her friend's."""

import re

from tagging import texts

_OTHERS = (
    r"朋友|闺蜜|室友|同学|同事|邻居|亲戚|老公|老婆|男友|女友|男朋友|女朋友|对象|爱人|媳妇|丈夫|妻子"
    r"|爸妈|父母|爸爸|妈妈|老爸|老妈|我妈|我爸|婆婆|公公|岳母|岳父|爷爷|奶奶|外公|外婆|姥姥|姥爷"
    r"|儿子|女儿|(?<!生)(?<!生完)(?<!生了)(?<!生过)(?:孩子|小孩|宝宝|娃)|闺女|哥哥|弟弟|姐姐|妹妹|我哥|我弟|我姐|我妹|表姐|表妹|堂姐|堂妹"
    r"|舍友|同桌|老乡|嫂子|弟媳|表弟|堂弟|丈母娘|丈人|侄女|外甥|姑姑|阿姨|舅妈|客户|上司|老板|网友|大姐|大妈|大叔|大爷"
    r"|别人|人家|他们|她们|他|她|有些人|有的人|很多人"
)
_ANOTHER = re.compile(rf"(?:{_OTHERS})")
_SELF = re.compile(r"[我俺咱](?!的?(?:家|们家)?的?(?:" + _OTHERS + r")|[妈爸哥弟姐妹])|自己|本人")
# "你要是油头可以买", "敏感肌的姐妹慎用": advice to whom it may concern.
_YOU = re.compile(
    r"(?:你|亲)们?(?:要是|如果|若|是)|(?:如果|要是)(?:你|亲)|谁要是"
    r"|(?:如果|要是|假如|假设|若是)我?也"  # "要是我也是油皮就买了": she is not
)
_ADDRESSED = re.compile(
    r"的?(?:朋友|姐妹|小伙伴|人|亲|同学|宝子|宝宝|盆友)们?[^,。!?;]{0,2}"
    r"(?:别|不要|慎|千万|注意|建议|可以|赶紧|入|冲)"
)
_TOGETHER = re.compile(r"我(?:和|跟|与|们)|(?:^|[,.])(?:和|跟)")


def is_of_another(text: str, start: int, end: int) -> bool:
    """Whether, in its clause, the last person named up to the end of ``text[start:end]`` (a hit may
    begin with who it is: 我妈是干皮) is another than the speaker, and not together with her
    ("我和老婆"), or whether it is advice to others. What another says ("朋友说我是油皮") names the
    speaker again."""
    first = texts.clause_start(text, start)
    if _ADDRESSED.match(text, end) and _SELF.search(text, first, start) is None:
        return True
    if _YOU.search(text, first, start):
        return True
    another = None
    for another in _ANOTHER.finditer(text, first, end):  # noqa: B007  the last of them
        pass
    if another is None or _TOGETHER.search(text, first, start):
        return False
    return _SELF.search(text, another.end(), end) is None
