"""The migrations of the state, run when it is opened."""
