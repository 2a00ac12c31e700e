"""Commands that run the service and keep it: what docs/operations.md tells of."""
