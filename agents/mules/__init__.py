"""Judges accounts by how money goes through them: the duty `mules`."""
