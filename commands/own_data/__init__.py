"""What researchers ask about their own data."""
