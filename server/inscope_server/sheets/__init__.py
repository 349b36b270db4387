"""Information sheets: what a patient is told before they answer, as data, in every language it exists in."""
