"""What is seen of it from outside: metrics, logs, traces, health."""
