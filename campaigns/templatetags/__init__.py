"""Tags of the staff templates."""
