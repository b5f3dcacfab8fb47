"""What decides and what it keeps: pure. No Kafka, no Faust, no clock, no I/O."""
