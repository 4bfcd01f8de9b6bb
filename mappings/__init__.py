"""The mapping language: files an admin edits, checked and bound to both CRMs' schemas."""
