"""What leadership reads once a week."""
