"""A city by another hand, to judge in and to fit on besides."""
