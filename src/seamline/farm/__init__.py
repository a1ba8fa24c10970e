"""Farms: whatever runs the parts of an ask, on this machine or on many."""
