"""From a marketer's blocks to ready-to-fill bytes."""
