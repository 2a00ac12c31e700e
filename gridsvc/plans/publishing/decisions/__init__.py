"""Who says yes: the review of a draft, and a former map asked back."""
