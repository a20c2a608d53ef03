"""What a lab asks."""
