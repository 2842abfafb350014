"""What each kind of page shows, from single blocks to the frame around it."""
