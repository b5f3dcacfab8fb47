"""Recordings, put in order of time in bounded memory, and decided again with no broker and no clock."""
