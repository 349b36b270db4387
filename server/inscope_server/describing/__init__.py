"""The HTTP and socket surface, described for programs out of the route table and the wire types themselves."""
