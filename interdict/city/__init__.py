"""A simulated city, and those who play it: to a file, to Kafka, on a screen, with people who answer."""
