"""Segments 人群: one rule says who is in it. A rule is a tree of ``all``, ``any`` and ``not`` over
leaves, each of which asks one thing about a member (``rules``, ``kinds``). It is read from JSON
(``reading``), decided for one member of whom enough is known (``known``, ``deciding``), and, in
``app.segments``, asked of all members at once. Both always agree; a test holds them together.

    {"all": [{"kind": "tag", "tag": "油性发质", "within_days": 30},
             {"any": [{"kind": "points", "least": 500},
                      {"kind": "ordered", "least": 2, "within_days": 90, "sku": "shampoo-01"}]},
             {"not": {"kind": "opted_out"}}]}

There is no third answer beside yes and no. Whatever is not known of a member answers no, to every
question; so ``not`` of it is yes. All of nothing is everybody, any of nothing is nobody.
"""
