"""Item codes 一物一码: one on every piece that is sold. By it whoever holds the piece sees that
it is genuine, and a member is rewarded once."""
