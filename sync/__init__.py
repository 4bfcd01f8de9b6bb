"""The sync itself: what is decided (domain), how a run goes (engine), what is kept (state)."""
