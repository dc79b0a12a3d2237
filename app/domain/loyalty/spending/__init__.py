"""Spending: what members are given or buy with points, and what that takes and gives back."""
