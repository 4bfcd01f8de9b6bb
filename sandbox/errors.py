"""What can go wrong with the sandbox itself, as opposed to the errors it plays."""

from __future__ import annotations

__all__ = ["PortInUseError", "SandboxError", "SeedError", "StartError"]


class SandboxError(Exception):
    """The sandbox cannot do what it was asked; the message says why and what to do."""


class PortInUseError(SandboxError):
    """A wanted port belongs to another process."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"port {port} on 127.0.0.1 is in use; stop the other process or choose another port "
            "(0 takes any free one)"
        )
        self.port = port


class StartError(SandboxError):
    """A server did not come up."""


class SeedError(SandboxError):
    """A seed line cannot be used; names the file and the line."""

    def __init__(self, why: str, *, source: str = "seed", line: int = 0) -> None:
        super().__init__(f"{source}:{line}: {why}")
        self.why = why
        self.source = source
        self.line = line
