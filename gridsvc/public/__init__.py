"""What anybody may read of a grid: whom to ring, what is pledged, what is done and by when."""
