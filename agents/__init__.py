"""The duties: what is decided, one package each."""
