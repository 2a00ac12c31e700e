"""Maps and charts as pictures and on paper: the page's own question, number and permissions."""
