"""The staff's screens about points, vouchers, rewards and the books."""
