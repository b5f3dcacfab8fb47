"""Running it: workers and what they need, looked at and made; the states when topics or lanes change."""
