"""Telling people: the inbox, mail and signed webhooks, each notice with proof of its delivery."""
