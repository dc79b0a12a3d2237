"""Standing: where a member stands and what that is worth to her.

Her tier is worked out from what she has done (``histories``), by the scheme that operators have
written (``tier_terms``) and the days on which it counts (``periods``): ``paths`` is that decision,
a pure function. The tables are the tiers themselves and their changes (``tiers``), the schemes and
their versions (``tier_schemes``), and until when each member has hers (``standings``). Beside the
tiers there are paid memberships. What either brings is in ``benefits``.
"""
