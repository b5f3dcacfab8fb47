"""What one message says: the scorer and what it reads by. Training is apart, in `train`: what runs does not need it."""
