"""lifecycle.yaml: what marketing and sales agreed on, read and checked."""
