"""What persons share: who takes a task, how much may be taken at once, who else holds an account."""
