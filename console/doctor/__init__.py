"""The doctor: is everything ready, and what is to be done where it is not."""
