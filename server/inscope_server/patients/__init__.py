"""The patient's own pages: a question to answer, and later what was agreed to, who saw it, and how to take it back."""
