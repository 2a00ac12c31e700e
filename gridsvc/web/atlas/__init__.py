"""Maps, the figures beside them, and the page of one grid."""
