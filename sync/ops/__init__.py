"""What runs of any kind share: logging without secrets or personal data."""
