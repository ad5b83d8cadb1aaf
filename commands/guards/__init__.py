"""Taking something back, or asking before it is sent."""
