"""What ESPs report: verified, stored once as it came, processed later."""
