"""How teams do, quarter by quarter: marks by source, panels, points. Teams, never persons."""
