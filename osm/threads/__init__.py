"""What a thread in a network says after our answer."""
