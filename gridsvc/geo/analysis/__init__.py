"""Questions to a finished map: what lies where, how near, how compact, and where cases gather."""
