"""The text scorer's weights: labelled data, training, and the quality that is measured. Not in the running system."""
