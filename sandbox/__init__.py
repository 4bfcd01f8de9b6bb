"""Loopback stand-ins for both CRMs, written from their public documentation alone."""
