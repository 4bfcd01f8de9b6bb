"""Figures of the closed loop, from the state alone."""
