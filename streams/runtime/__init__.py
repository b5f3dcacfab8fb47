"""How records come, and how effects leave: Faust, the transport, the outbox, what ends a worker."""
