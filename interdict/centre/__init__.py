"""What a centre sets and what it sees: policies, their trial on recordings, cases."""
