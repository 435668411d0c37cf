"""Act: carry out a plan one step at a time, prove that it helped, or take it back."""
