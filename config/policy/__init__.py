"""The programme's policy as pure functions: no input, no output, no clock."""
