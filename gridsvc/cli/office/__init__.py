"""Commands of an office: who works in it, its calendar, its zones and cards, its ways out."""
