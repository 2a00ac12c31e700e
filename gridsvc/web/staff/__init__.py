"""The staffing desk: who is missing, who leaves soon, and who takes over."""
