"""The staff's screens about members."""
