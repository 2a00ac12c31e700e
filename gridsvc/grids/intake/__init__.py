"""Reading a file of the territory into rows, with a report of every one left out or mended."""
