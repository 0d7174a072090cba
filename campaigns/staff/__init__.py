"""The staff's screens about campaigns and segments."""
