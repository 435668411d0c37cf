"""Messages to people outside: what is news, how it is put, and what an answer from outside says; pure."""
