"""Earning 积分规则: what members do, and how many points it is worth, as operators set it."""
