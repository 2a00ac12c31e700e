"""Maps on paper: laid out in millimetres at a round scale."""
