"""Figuring 指标计算: what orders and activity say of members. ``nightly`` works the figures of
everybody out, in a process of its own (``python -m app.figuring``), since it needs numpy and scipy,
which neither web nor workers load; ``at_once`` those of one member, in the transaction of the event
that has changed them.
"""
