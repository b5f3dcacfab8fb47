"""Run a case until the person is safe: warn, call, cut, visit, and give everything back."""
