"""What the deployment tests need beside Python, and how it is had."""
