"""How Interdict is run."""
