"""What the commands show: sentences, tables and bars on a terminal; plain text, or data, for whatever reads a pipe."""
