"""Referrals 推荐: who brought whom, and what both get once the friend has stayed."""
