"""What an operator sees of a running process: its log, its metrics, whether it is ready. Never patient data."""
