"""Rehearsals: what plans will do, shown before anything is sent.

The members are those of the house as it is now, the decisions those of ``sop``, the clock is a
virtual one. Nothing is sent and nothing is written.
"""
