"""How events move: Kafka and Faust. Knows nothing of fraud."""
