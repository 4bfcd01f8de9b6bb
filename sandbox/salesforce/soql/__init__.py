"""SOQL: read a query, plan it, answer it."""
