"""Does "不是敏感肌" speak of sensitive skin? Whether words before or after a hit deny it.

Judged on whole words, so that 不错, 不但, 别人, 非常, 未来 and 没想到 deny nothing: they are words
of their own. Two kinds of denial differ in reach. 不, 没 and 不是 deny the next verb, adjective or
noun only, so they reach a hit only through words that carry them on: "不太油", "没收到快递", but
"不洗头就油" is oily hair. 没有 and 无 also reach over one other word and over an attribute
("没有恼人的头屑").
"""

import re
from collections.abc import Sequence

from tagging import texts

REACH_OF_RECOVERY = 24  # characters in which what was once so is told to be over
REACH_CHARACTERS = 10  # a denial further away than this belongs to something else


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_FAR = _words(
    """
    没有 毫无 并无 无 没什么 没啥 从没 从无 并没有 不存在 未见 未有 不含 零
    远离 告别 免受 杜绝
    """
)
_NEAR = _words(
    """
    不 没 未 别 勿 莫 甭 非 不会 不要 不用 不必 不需 不需要 不再 不能
    不可 不想 不许 不算 不太 不大 不怎么 不吃 不爱 不喜欢 不带 不见 不在
    没收 没见 没再 未曾 从未 从不 并不 并未 毫不 绝不 无需 无须 无法 没法
    很少 少有 不怕 不易 不是 并非 绝非 并不是 不属于
    """
)
_CARRIERS = _words(
    """
    太 很 大 怎么 那么 这么 特别 十分 非常 是 会 再 爱 喜欢 想 想要 要
    需要 买 用 吃 含 含有 带 长 起 出 出现 容易 易 见 看到 发现 收 收到
    到 过 有 担心 怕 产生 给 送 开 算 属于 可能 能 一点 半点 任何 什么
    啥 的 这个 那个 这种 那种 真 真的 明显 得 必 必要 考虑 打算 准备 多
    了 收过 受 像 觉得 感觉 感到 变 变得 更 这样 那样 那些 这些 同样 一丝
    一丁点 点 丁点 半点儿 怎样
    """
)
_STOPS = _words(
    """
    我 你 您 他 她 它 我们 你们 就 但 但是 可是 不过 却 而 而且 又 还是
    所以 因为 因此 后 之后 以后 就是 只是 只有 只 才 除了 由于 结果 如果
    要是 反而 反倒 越来越 依然 依旧 仍然 仍 还 也 都 之前 以前 原来 本来
    时 时候 怎么办 办法
    """
)
# "没买过如此垃圾的": who never had such a thing has it now.
_SUCH = _words(
    """
    如此 这么 这样 这种
    """
)
# 不 inside these says something else: "is it or isn't it", "cannot be washed off".
_STUBBORN = _words(
    """
    掉 住 净 干净 完 尽 断 清 了
    """
)
_ADVERBS = frozenset("也都就才还又总老再却")  # 也不掉头发 does not mean what 洗不掉 means
_DOUBLED = _words(
    """
    不是 没有 不会 并非 不 没 无 不能 无法 不得
    """
)
# "谁说我头发不油": who says so says the contrary.
_SAYS_CONTRARY = re.compile(r"谁说|难道|怎么可能|哪能")
_MUST = re.compile(r"[^,。!?;]{0,2}(?:都|也)(?:没有?道理|不行|说不过去|对不起)")  # 不给差评都不行

# "没有核桃吗", "不能便宜一点吗": who asks for lack wants it. Only right behind the hit, for in
# "没有头屑可以用吗" the question is another.
_ASKED_FOR = _words(
    """
    没有 没 不能 不可
    """
)
_QUESTION = re.compile(r"(?:一点|一些|点|些|了|的)?[吗么嘛](?=$|[,。.!?;~ ])")
_TAKEN_BACK = re.compile(
    r"(?:现在|目前|如今)?[也都就全真的已经基本几乎完再是]{0,5}"
    r"(?:(?:没有|没|木有|不见|消失|不再有)了|消失|不再有|全无|没有(?=$|[,。.!?;~ ]))(?![吗么嘛呢])"
)


_LESS = re.compile(r"没有?(?:以前|之前|原来|从前|过去)(?:那么|这么|那样)?$")  # 没有以前那么痒
# "以前是干皮现在好了": what was so once, and is told to be over.
_ONCE = re.compile(r"以前|之前|原来|原先|过去|曾经|从前|小时候|前几年|[去前]年|前阵子|前段时间")
_OVER = re.compile(
    r"(?:现在|如今|目前|后来|最近|今年|[用洗]了?[^,。!?;]{0,6}后|用完)[^。!?;]{0,10}?"
    r"(?:好了|好多了|好转|改善|恢复|长[回出]|不[^,。!?;错但仅过敢]{0,4}|没有?了|少了|没那么|消失)"
    r"|[用换]了[^,。!?;没不]{0,8}(?:好[多些]?了|好转|改善|没有?了|少了|没那么|消失|不[^,。!?;]{1,3}了)"
)
# "以前没有头屑的，越用越多": what once was not so, and is told to have begun.
_BEGUN = re.compile(
    r"[越愈][用洗来][^,。!?;]{0,2}[越愈][多厉严明]"
    r"|(?:现在|如今|最近|[用洗]了?[^,。!?;]{0,6}后|用完|洗完|反而|反倒)[^,。!?;没不]?"
    r"(?:有[了啦]|很多|好多|一堆|都是|全是|开始)"
)


# "我哪里是油头啊", "哪有什么头屑": asked in scorn, and said to deny.
_SCORNED = re.compile(
    r"(?:哪里?(?:有什么|会有?|算)|哪里是|哪是什么|哪来的什么?|何来的?)[^,。!?;]{0,3}$"
)

# What denies has one of these; what is over, a word of _ONCE too.
_DENIAL = "[不没无未零离免杜别勿莫甭非]|很少|少有|哪|何来"
_STANDS = re.compile(_DENIAL)
_DENYING = re.compile(f"{_DENIAL}|木有|消失|{_ONCE.pattern}")


def may_deny(text: str) -> bool:
    """False where a look at single characters shows that nothing is denied."""
    return _DENYING.search(text) is not None


def may_stand(text: str, first: int, start: int) -> bool:
    """False where nothing between ``first`` and ``start`` can deny what follows."""
    return _STANDS.search(text, first, start) is not None


def is_denied(text: str, words: Sequence[str], start: int, end: int) -> bool:
    """Whether the hit ``text[start:end]`` is denied. ``words`` are the words of its clause that
    stand before it, in order; none of them when nothing there can deny (``may_stand``)."""
    if words:
        index = _denial(words)
        if index is not None and not _is_turned(words, index, text[start]):
            asked_for = words[index] in _ASKED_FOR and _QUESTION.match(text, end)
            return not asked_for and not _is_contrary(text, start, end)
        nearby = max(0, start - 8)
        if _LESS.search(text, nearby, start):
            return True
        if _SCORNED.search(text, nearby, start):
            return _QUESTION.match(text, end) is None
    return _TAKEN_BACK.match(text, end) is not None or _is_over(text, start, end)


def _is_contrary(text: str, start: int, end: int) -> bool:
    """Whether a denial is asked in scorn, or is of a time before what was denied began."""
    sentence = texts.sentence_start(text, start)
    if _SAYS_CONTRARY.search(text, sentence, start) or _MUST.match(text, end):
        return True
    if _ONCE.search(text, sentence, start) is None:
        return False
    return _BEGUN.search(text, end, end + REACH_OF_RECOVERY) is not None


def _is_over(text: str, start: int, end: int) -> bool:
    if _ONCE.search(text, 0, start) is None:  # as nearly always
        return False
    sentence = texts.sentence_start(text, start)
    once = _ONCE.search(text, sentence, start)
    if once is None or _OVER.search(text, once.end(), start):
        return False
    return _OVER.search(text, end, end + REACH_OF_RECOVERY) is not None


def _denial(words: Sequence[str]) -> int | None:
    """Which of the words before a hit denies it."""
    ends_in_attribute = bool(words) and words[-1] == "的"
    foreign = 0
    distance = 0
    is_such = False
    for index in range(len(words) - 1, -1, -1):
        word = words[index]
        if word in _NEAR:
            return index if foreign == 0 else None
        if word in _FAR:
            return index if foreign <= 1 or ends_in_attribute else None
        if is_such and word[-1] == "过":
            return None
        is_such = is_such or word in _SUCH
        distance += len(word)
        if word in _STOPS or distance > REACH_CHARACTERS:
            return None
        foreign += word not in _CARRIERS
    return None


def _is_turned(words: Sequence[str], index: int, first_character: str) -> bool:
    """Whether a word of denial is half of something that denies nothing: a question (要不要),
    a double denial (不是没有) or "cannot be washed off" (洗不掉)."""
    word = words[index]
    preceding = words[index - 1] if index else ""
    following = words[index + 1] if index + 1 < len(words) else first_character
    if preceding and preceding[-1] == (word[1:] or following)[0]:
        return True
    if word == "不" and len(preceding) == 1 and following in _STUBBORN:
        return preceding not in _ADVERBS
    return preceding in _DOUBLED
