"""Grain: measured in a plate, made anew, taken off for working and put on again."""
