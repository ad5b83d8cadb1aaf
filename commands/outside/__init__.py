"""What the outside sees of a programme: promises that were kept, and who is thanked."""
