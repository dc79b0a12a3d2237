"""Figures in words: stages, classes and clusters, and why a figure is what it is."""

import re
from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.console.frame import console
from app.domain.insight.figure_changes import CLUSTER, SEGMENT, STAGE
from tagging.clusters import AXES

STAGES: Mapping[str, object] = {
    "new": _l("新客"),
    "active": _l("活跃"),
    "silent": _l("沉默"),
    "churning": _l("流失中"),
    "lost": _l("已流失"),
}
SEGMENTS: Mapping[str, object] = {
    "important_value": _l("重要价值"),
    "important_growth": _l("重要发展"),
    "important_keep": _l("重要保持"),
    "important_winback": _l("重要挽留"),
    "ordinary_value": _l("一般价值"),
    "ordinary_growth": _l("一般发展"),
    "ordinary_keep": _l("一般保持"),
    "ordinary_winback": _l("一般挽留"),
}
LEVELS: Mapping[str, Mapping[str, object]] = {
    "r": {"high": _l("近期买过"), "mid": _l("有一阵没买"), "low": _l("很久没买")},
    "f": {"high": _l("买得多"), "mid": _l("买得一般"), "low": _l("买得少")},
    "m": {"high": _l("花得多"), "mid": _l("花得一般"), "low": _l("花得少")},
}
NAMES: Mapping[str, object] = {
    STAGE: _l("生命周期阶段"),
    SEGMENT: _l("RFM 分层"),
    CLUSTER: _l("聚类"),
}


# What can be fitted to all members, and why it sometimes cannot; the numbers stand in the reason.
FITS: Mapping[str, object] = {
    "limits": _l("RFM 的分档"),
    "buying": _l("购买的预测"),
    "spending": _l("消费金额的预测"),
    "clusters": _l("聚类"),
}
_REASONS: Mapping[str, object] = {
    "nobody has bought": _l("还没有人买过"),
    "fewer than # buyers or # who bought again": _l("买家不到 %(n)s 位，或回头客不到 %(m)s 位"),
    "fewer than # who bought again": _l("回头客不到 %(n)s 位"),
    "fewer than # different buyers": _l("不同的买家不到 %(n)s 位"),
    "amounts differ too much between the members to have a mean": _l("各人的金额相差太大"),
    "no parameters make what has happened likely": _l("没有参数能说明这些订单"),
    "the members do not differ as the model says they do": _l("会员之间没有明显的差别"),
}


@console.app_template_filter()
def fit_in_words(name: str) -> str:
    return str(FITS.get(name, name))


@console.app_template_filter()
def why_not_fitted(reason: str) -> str:
    """The reason as it was kept, in the operator's language; one we have no words for as it is."""
    said = _REASONS.get(re.sub(r"\d+", "#", reason))
    if said is None:
        return reason
    numbers = dict(zip(("n", "m"), re.findall(r"\d+", reason), strict=False))
    return str(said) % numbers if numbers else str(said)


@console.app_template_filter()
def figure_in_words(value: str | None, figure: str) -> str:
    """A stage, a class or a cluster; what has no words as it is."""
    if value is None:
        return _("无")
    if figure == CLUSTER:
        return cluster(value)
    return str({STAGE: STAGES, SEGMENT: SEGMENTS}[figure].get(value, value))


def cluster(name: str) -> str:
    """``r_high.f_low.m_mid#2``: lately, rarely, for a usual sum; the second of that name."""
    levels, _hash, number = name.partition("#")
    words = []
    for axis, level in zip(AXES, levels.split("."), strict=False):
        words.append(str(LEVELS[axis].get(level.removeprefix(f"{axis}_"), level)))
    shown = _("、").join(words)
    return f"{shown} {number}" if number else shown


def choices() -> Mapping[str, list[tuple[str, str]]]:
    """What a plan can name."""
    return {
        STAGE: [(value, str(words)) for value, words in STAGES.items()],
        SEGMENT: [(value, str(words)) for value, words in SEGMENTS.items()],
    }
