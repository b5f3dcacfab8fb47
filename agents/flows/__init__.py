"""What flows through an account: the duty `flows`, on which judging accounts will build."""
