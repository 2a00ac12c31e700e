"""Commands to try and to time the service with made towns."""
