"""What is reported at places: incidents, requests and wishes, each with its history."""
