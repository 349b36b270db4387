"""What a server should deliver as its web client, and what it does deliver."""
