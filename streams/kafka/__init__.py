"""Who talks to brokers and how: clients, rights, topics, recovery, what a fetch is taken apart by."""
