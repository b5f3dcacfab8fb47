"""A second city, written by somebody else than the first: months long, with truth beside it. See docs/city.md.

Pure but for `recording`, which writes the files: all chance comes from the seed, and no clock is read.
"""
