"""The victims duty: score a protected person in flight from calls, texts and transfers."""
