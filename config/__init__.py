"""What was decided: the programme, its policy, the settings and the clock."""
