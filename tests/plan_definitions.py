"""Plans as an operator could write them, whatever a plan can say among them, for property tests."""

from typing import Any

from hypothesis import strategies as st

from sop import acts, happenings, plans, routes, triggers

WORDS = st.sampled_from(["油性发质", "老朋友", "gold", "haircare"])
CLOCKS = st.sampled_from(["00:00", "09:30", "20:15"])
DAYS = st.sampled_from(["2026-12-12", "2027-02-28"])
WEEKDAYS = st.lists(st.integers(1, 7), min_size=1, max_size=6, unique=True).map(sorted)
NUMBERS = st.integers(1, 300)
_OF_FIELD: dict[str, st.SearchStrategy[Any]] = {
    "at_least_fen": st.integers(1, 10**7),
    "at_least_s": st.integers(1, 10**6),
    "days": NUMBERS,
    "days_before": st.integers(0, 60),
    "at": CLOCKS,
    "cron": st.just("0 9 * * 3"),
    "sku": WORDS,
}

Written = dict[str, Any]


def definitions() -> st.SearchStrategy[Written]:
    return st.sampled_from(["member", "group"]).flatmap(_definition)


@st.composite
def _definition(draw: st.DrawFn, audience: str) -> Written:
    filters = {"member": ("tiers", "tags_all", "tags_any"), "group": ("tier_labels",)}
    some = st.lists(WORDS, min_size=1, max_size=2, unique=True)
    definition = {
        "audience": audience,
        "trigger": draw(_trigger(audience)),
        "filter": draw(st.fixed_dictionaries({}, optional=dict.fromkeys(filters[audience], some))),
        "steps": draw(steps(audience)),
    }
    return definition | draw(st.fixed_dictionaries({}, optional=_SETTINGS))


@st.composite
def _trigger(draw: st.DrawFn, audience: str) -> Written:
    kind = draw(st.sampled_from(triggers.KINDS[audience]))
    by_clock = triggers.BY_CLOCK[audience].get(kind)
    if by_clock is not None:
        return {"kind": kind, **{name: draw(_OF_FIELD[name]) for name in sorted(by_clock)}}
    return draw(_happening(kind, audience, needed=("tag",)))


def _happening(
    kind: str, audience: str = "member", needed: tuple[str, ...] = ()
) -> st.SearchStrategy[Written]:
    fields = {
        name: _OF_FIELD.get(name, WORDS) for name in sorted(triggers.BY_HAPPENING[audience][kind])
    }
    always = {name: fields.pop(name) for name in needed if name in fields}
    return st.fixed_dictionaries({"kind": st.just(kind), **always}, optional=fields)


HAPPENINGS = st.sampled_from(sorted(happenings.FOR_MEMBERS)).flatmap(_happening)
_IN_DAY = st.one_of(
    st.fixed_dictionaries({"at": CLOCKS}),
    st.fixed_dictionaries({"at": CLOCKS, "until": st.just("23:00")}),
    st.fixed_dictionaries({"at": st.just("active"), "otherwise": CLOCKS}),
)
_ENDS = st.fixed_dictionaries({}, optional={"times": st.integers(1, 9), "to": DAYS})


def _when(kind: str, *parts: st.SearchStrategy[Written], **fields: Any) -> Any:
    own = st.fixed_dictionaries({"kind": st.just(kind), **fields})
    return st.tuples(own, *parts).map(
        lambda found: {k: v for part in found for k, v in part.items()}
    )


WHENS = st.one_of(
    _when("after", minutes=st.integers(0, 5000)),
    _when("after", _IN_DAY, days=st.integers(0, 30)),
    _when("next_weekday", _IN_DAY, weekdays=WEEKDAYS),
    _when("date", _IN_DAY, on=DAYS),
    _when("daily", _IN_DAY, _ENDS),
    _when("weekly", _IN_DAY, _ENDS, weekdays=WEEKDAYS),
    _when("monthly", _IN_DAY, _ENDS, day=st.one_of(st.integers(1, 30), st.just("last"))),
    _when("cron", _ENDS, cron=st.just("30 8 1-7 * mon")),
    _when("anniversary", _IN_DAY, of=st.just("birthday"), days_before=st.integers(0, 30)),
)
CONDITIONS = st.recursive(
    st.one_of(
        st.fixed_dictionaries({"tag": WORDS}),
        st.fixed_dictionaries({"tier": st.lists(WORDS, min_size=1, max_size=2, unique=True)}),
        st.fixed_dictionaries({"points_at_least": NUMBERS}),
        st.fixed_dictionaries({"happened": HAPPENINGS}, optional={"within_days": NUMBERS}),
    ),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=5,
)


def _message(kind: str, **content: Any) -> st.SearchStrategy[Written]:
    return st.fixed_dictionaries({"kind": st.just(kind), "content": st.fixed_dictionaries(content)})


_TEXT = _message("text", text=st.sampled_from(["早上好", '<b>"&\n第二行</b>']))
_OF_OWN = {
    "sms": _message("sms", template_id=WORDS, params=st.lists(WORDS, min_size=1)),
    "call": _message("call", template_id=WORDS, params=st.lists(WORDS, min_size=1)),
    "mail": _message("mail", subject=WORDS, text=WORDS, url=st.just("")),
    "template": _message("template", template_id=WORDS, data=st.just({"thing1": "洗发水"})),
    "subscribe": _message("subscribe", template_id=WORDS, data=st.just({"date2": "今天"})),
}
MESSAGES = st.one_of(
    _TEXT,
    _message("image", media=st.just("a" * 64)),
    _message("image", media_id=WORDS),
    _message(
        *("link",),
        title=WORDS,
        url=st.just("https://example.com/"),
        description=WORDS,
        picture_url=st.just(""),
    ),
)


@st.composite
def _ways(draw: st.DrawFn, audience: str) -> list[Any]:
    names = draw(st.lists(st.sampled_from(sorted(routes.WAYS[audience])), max_size=3, unique=True))
    ways: list[Any] = []
    for name in names:
        fields: Written = {"way": name} | draw(
            st.fixed_dictionaries({}, optional={"channel": WORDS})
        )
        if name in routes.KINDS_OF_OWN:
            fields["message"] = draw(_OF_OWN[name])
        elif draw(st.booleans()):
            fields["message"] = draw(MESSAGES)
        ways.append(fields if len(fields) > 1 else name)
    return ways


@st.composite
def _act(draw: st.DrawFn, audience: str) -> Written:
    kind = draw(st.sampled_from(sorted(acts.KINDS if audience == "member" else acts.FOR_GROUPS)))
    field = acts.KINDS[kind]
    return {"kind": kind, field: draw(NUMBERS if field in ("points", "group", "plan") else WORDS)}


@st.composite
def steps(draw: st.DrawFn, audience: str, depth: int = 2) -> list[Written]:
    count = draw(st.integers(1, 2))
    return [draw(_step(audience, depth)) for _ in range(count)]


@st.composite
def _step(draw: st.DrawFn, audience: str, depth: int) -> Written:
    step: Written = {"name": draw(WORDS), "when": draw(WHENS)}
    kinds = ["message", "variants", "act", *(["branch", "wait"] if depth else [])]
    kind = draw(st.sampled_from(kinds))
    step[kind] = draw(_doing(kind, audience, depth))
    if kind in ("message", "variants") and (ways := draw(_ways(audience))):
        step["route"] = ways
    return step


@st.composite
def _doing(draw: st.DrawFn, kind: str, audience: str, depth: int) -> Any:
    if kind == "message":
        return draw(MESSAGES)
    if kind == "variants":
        return [
            {
                "name": name,
                "share": draw(NUMBERS.filter(lambda n: n <= 100)),
                "message": draw(_TEXT),
            }
            for name in "AB"
        ]
    if kind == "act":
        return draw(_act(audience))
    arms = {
        arm: draw(steps(audience, depth - 1))
        for arm in draw(st.sampled_from([["then"], ["else"], ["then", "else"]]))
    }
    if kind == "branch":
        return {"if": draw(CONDITIONS), **arms}
    return {"for": draw(HAPPENINGS), "minutes": draw(st.integers(1, 5000)), **arms}


_SETTINGS: dict[str, st.SearchStrategy[Any]] = {
    "category": st.sampled_from(plans.CATEGORIES[1:]),
    "holdout_percent": st.integers(1, 90),
    "goal": st.fixed_dictionaries(
        {"happened": HAPPENINGS, "within_days": NUMBERS}, optional={"is_end": st.just(True)}
    ),
    "ends": st.fixed_dictionaries(
        {
            "match": st.sampled_from(["any", "all"]),
            "conditions": st.lists(CONDITIONS, min_size=1, max_size=2),
        }
    ),
    "reentry": st.one_of(
        st.fixed_dictionaries({"kind": st.sampled_from(["after_end", "per_happening"])}),
        st.fixed_dictionaries({"kind": st.just("after_days"), "days": NUMBERS}),
    ),
    "skip": st.fixed_dictionaries({"dates": st.lists(DAYS, min_size=1, unique=True)}),
    "late": st.fixed_dictionaries({"within_h": st.integers(3, 9), "else": st.just("send")}),
}
