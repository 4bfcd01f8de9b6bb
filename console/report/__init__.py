"""Reports as people and machines read them: tables, CSV, JSON, and pages to open and to print."""
