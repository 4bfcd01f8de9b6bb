"""What stands behind the commands: wiring, printing, progress, and the demo's story."""
