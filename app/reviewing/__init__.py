"""Reviewing: what members have done is read from where it is written down (``records``), their
tiers are worked out by the scheme in force, and what changes is kept and told (``reviews``);
``trials`` are the same for a scheme that is not in force yet."""
