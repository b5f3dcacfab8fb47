"""Judges the judgement: recordings with truth, replayed, and what came of it counted. See docs/evaluation.md."""
