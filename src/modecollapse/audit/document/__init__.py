"""Where every printed number comes from, and what the text of the PDF says."""
