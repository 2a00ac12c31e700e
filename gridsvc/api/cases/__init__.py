"""Cases: reported, routed, brought on, with photos and slips."""
