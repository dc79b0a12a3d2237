"""Segments at work: what ``tagging.segments`` decides for one member, asked of all at once
(``compiling``, out of what ``sources`` says), or of some members of whom is read first what has to
be known (``knowing``, ``histories``). ``keeping`` writes segments down.

A segment is about members who are somebody: a record that was absorbed by another is in no segment.
Whoever has left may be in one, since somebody has to be told that we miss her; plans and broadcasts
that are for those who are here leave her out by themselves.
"""
