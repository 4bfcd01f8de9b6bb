"""How values of each type are read: one pure, idempotent function a module."""
