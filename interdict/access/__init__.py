"""Who may do what, and who said it: rights on the brokers, keys, whether a command is true."""
