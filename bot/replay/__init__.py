"""The harness that tries a report's attack again on a configured endpoint."""
